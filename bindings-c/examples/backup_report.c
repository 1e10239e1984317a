/* What a backup administrator does every morning: counts devices, looks at one and its user, stores the report of the last
 * 30 days as CSV and in SQLite, and fetches the events that are new since the last run.
 *
 *   backup_report [folder]
 *
 * Credentials come from the environment: DRUVA_CLIENT_ID, DRUVA_CLIENT_SECRET, DRUVA_CLOUD. */
#include <druva/insync.h>
#include <druva/platform.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static druva_error *error;

/* Ends the program unless a call succeeded. DRUVA_DONE, the end of a list, is a success too. */
static void check(druva_result result) {
  if (result == DRUVA_OK || result == DRUVA_DONE) return;
  fprintf(stderr, "%s: %s\n", druva_error_class(error), druva_error_message(error));
  if (druva_error_hint(error) != NULL) fprintf(stderr, "%s\n", druva_error_hint(error));
  exit(EXIT_FAILURE);
}

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(EXIT_FAILURE);
}

static const char *in_folder(const char *folder, const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static const char *text(const druva_json *object, const char *name) {
  return druva_json_string(druva_json_get(object, name));
}

/* --- devices -------------------------------------------------------------------------------------------------------- */

static size_t count_devices(druva_client *client, size_t *page_count, int64_t *some_device) {
  druva_pages *pages;
  druva_response *page;
  druva_result result;
  size_t count = 0;
  check(druva_insync_devices_list(client, NULL, &pages, &error));
  while ((result = druva_pages_next(pages, &page, &error)) == DRUVA_OK) {
    const druva_json *devices = druva_response_items(page);
    if (count == 0) druva_json_int64(druva_json_get(druva_json_at(devices, 0), "deviceID"), some_device);
    count += druva_json_length(devices);
    ++*page_count;
    druva_response_free(page);
  }
  check(result);
  druva_pages_free(pages);
  return count;
}

static void show_device(druva_client *client, int64_t id) {
  druva_response *device_response, *user_response;
  const druva_json *device, *user;
  int64_t user_id = 0;
  check(druva_insync_devices_get(client, id, NULL, &device_response, &error));
  check(druva_response_json(device_response, &device, &error));
  druva_json_int64(druva_json_get(device, "userID"), &user_id);
  check(druva_insync_users_get(client, user_id, NULL, &user_response, &error));
  check(druva_response_json(user_response, &user, &error));
  const char *name = text(device, "deviceName"), *owner = text(user, "emailID");
  fprintf(stderr, "device %" PRId64 " is %s and belongs to %s\n", id, name ? name : "nameless", owner ? owner : "nobody known");
  druva_response_free(user_response);
  druva_response_free(device_response);
}

/* --- the report ----------------------------------------------------------------------------------------------------- */

/* Pages are kept until all is stored: rows need not have the same columns, and a file wants to know them all first. */
typedef struct report {
  druva_response *pages[1000];
  size_t page_count;
  const char *columns[100];
  size_t column_count;
  size_t row_count;
} report;

static void add_column(report *report, const char *name) {
  for (size_t at = 0; at < report->column_count; at++) {
    if (strcmp(report->columns[at], name) == 0) return;
  }
  if (report->column_count == sizeof report->columns / sizeof *report->columns) fail("report", "too many columns");
  report->columns[report->column_count++] = name;
}

static void report_run(report *report, druva_client *client) {
  char since[32], filters[256];
  time_t month_ago = time(NULL) - 30 * 24 * 60 * 60;
  strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", gmtime(&month_ago));
  snprintf(filters, sizeof filters,
           "{\"pageSize\": 500, \"filterBy\": [{\"fieldName\": \"lastUpdatedTime\", \"operator\": \"GTE\", \"value\": \"%s\"}]}", since);

  druva_pages *pages;
  druva_response *page;
  druva_result result;
  check(druva_platform_reports_query(client, "epLastBackupStatus",
                                     DRUVA_WITH(druva_platform_reports_query_options, .filters_json = filters), &pages, &error));
  while ((result = druva_pages_next(pages, &page, &error)) == DRUVA_OK) {
    if (report->page_count == sizeof report->pages / sizeof *report->pages) fail("report", "too many pages");
    report->pages[report->page_count++] = page;
    const druva_json *rows = druva_response_items(page);
    report->row_count += druva_json_length(rows);
    for (size_t row = 0; row < druva_json_length(rows); row++) {
      for (size_t at = 0; at < druva_json_length(druva_json_at(rows, row)); at++)
        add_column(report, druva_json_name(druva_json_at(rows, row), at));
    }
  }
  check(result);
  druva_pages_free(pages);
}

static void csv_field(FILE *file, const char *value, bool last) {
  fputc('"', file);
  for (; value != NULL && *value != '\0'; value++) {
    if (*value == '"') fputc('"', file);
    fputc(*value, file);
  }
  fputs(last ? "\"\n" : "\",", file);
}

static void report_store_csv(const report *report, const char *path) {
  FILE *file = fopen(path, "w");
  if (file == NULL) fail(path, "cannot be written");
  for (size_t at = 0; at < report->column_count; at++) csv_field(file, report->columns[at], at + 1 == report->column_count);
  for (size_t page = 0; page < report->page_count; page++) {
    const druva_json *rows = druva_response_items(report->pages[page]);
    for (size_t row = 0; row < druva_json_length(rows); row++) {
      for (size_t at = 0; at < report->column_count; at++)
        csv_field(file, text(druva_json_at(rows, row), report->columns[at]), at + 1 == report->column_count);
    }
  }
  if (fclose(file) != 0) fail(path, "was not written whole");
}

static void sql_check(sqlite3 *database, int result) {
  if (result != SQLITE_OK && result != SQLITE_DONE) fail("report.sqlite", sqlite3_errmsg(database));
}

static void report_store_sqlite(const report *report, const char *path) {
  sqlite3 *database;
  sqlite3_stmt *insert;
  sql_check(NULL, sqlite3_open(path, &database));
  sqlite3_str *table = sqlite3_str_new(database), *values = sqlite3_str_new(database);
  for (size_t at = 0; at < report->column_count; at++) {
    sqlite3_str_appendf(table, "%s\"%w\" TEXT", at > 0 ? ", " : "", report->columns[at]);
    sqlite3_str_appendall(values, at > 0 ? ", ?" : "?");
  }
  char *columns = sqlite3_str_finish(table), *places = sqlite3_str_finish(values);
  char *create = sqlite3_mprintf("BEGIN; DROP TABLE IF EXISTS report; CREATE TABLE report (%s);", columns);
  char *fill = sqlite3_mprintf("INSERT INTO report VALUES (%s)", places);
  sql_check(database, sqlite3_exec(database, create, NULL, NULL, NULL));
  sql_check(database, sqlite3_prepare_v2(database, fill, -1, &insert, NULL));
  for (size_t page = 0; page < report->page_count; page++) {
    const druva_json *rows = druva_response_items(report->pages[page]);
    for (size_t row = 0; row < druva_json_length(rows); row++) {
      for (size_t at = 0; at < report->column_count; at++) {
        const char *value = text(druva_json_at(rows, row), report->columns[at]);
        sql_check(database, sqlite3_bind_text(insert, (int)at + 1, value, -1, SQLITE_STATIC));
      }
      sql_check(database, sqlite3_step(insert));
      sql_check(database, sqlite3_reset(insert));
    }
  }
  sql_check(database, sqlite3_finalize(insert));
  sql_check(database, sqlite3_exec(database, "COMMIT", NULL, NULL, NULL));
  sqlite3_free(fill);
  sqlite3_free(create);
  sqlite3_free(places);
  sqlite3_free(columns);
  sqlite3_close(database);
}

static void report_free(report *report) {
  for (size_t page = 0; page < report->page_count; page++) druva_response_free(report->pages[page]);
}

/* --- events --------------------------------------------------------------------------------------------------------- */

/* The tracker says where the last run stopped. It is stored only after the events before it were dealt with. */
static size_t fetch_events(druva_client *client, const char *tracker_path) {
  char tracker[1024] = "";
  FILE *file = fopen(tracker_path, "r");
  if (file != NULL) {
    if (fgets(tracker, sizeof tracker, file) == NULL) tracker[0] = '\0';
    fclose(file);
  }
  druva_pages *pages;
  const druva_json *event;
  druva_result result;
  size_t count = 0;
  const char *from = tracker[0] != '\0' ? tracker : NULL;
  check(druva_insync_events_list(client, DRUVA_WITH(druva_insync_events_list_options, .tracker = from), &pages, &error));
  while ((result = druva_pages_next_item(pages, &event, &error)) == DRUVA_OK) count++;
  check(result);
  const char *cursor = druva_pages_cursor(pages);
  if (cursor != NULL) {
    file = fopen(tracker_path, "w");
    if (file == NULL || fputs(cursor, file) < 0 || fclose(file) != 0) fail(tracker_path, "cannot be written");
  }
  druva_pages_free(pages);
  return count;
}

int main(int argc, char **argv) {
  const char *folder = argc > 1 ? argv[1] : ".";
  druva_client *client;
  static report report;
  size_t page_count = 0;
  int64_t some_device = 0;

  check(druva_client_new(NULL, &client, &error));
  size_t devices = count_devices(client, &page_count, &some_device);
  show_device(client, some_device);
  report_run(&report, client);
  report_store_csv(&report, in_folder(folder, "report.csv"));
  report_store_sqlite(&report, in_folder(folder, "report.sqlite"));
  size_t events = fetch_events(client, in_folder(folder, "tracker"));
  printf("{\"devices\":%zu,\"pages\":%zu,\"report_rows\":%zu,\"events\":%zu}\n", devices, page_count, report.row_count, events);
  report_free(&report);
  druva_client_free(client);
  return EXIT_SUCCESS;
}
