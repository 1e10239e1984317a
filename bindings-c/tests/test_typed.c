/* Typed functions: what C's types become on the wire. */
#include "test.h"

/* A member of the last request in the emulator's log, as JSON text. */
static void last_request(fixture fixture, const char *member, char *buffer, size_t size) {
  druva_document *log;
  OK(druva_testing_emulator_control(fixture.emulator, "{\"do\": \"log\"}", &log, &error));
  const druva_json *all = druva_json_get(druva_document_root(log), "requests");
  druva_json_write(druva_json_get(druva_json_at(all, druva_json_length(all) - 1), member), buffer, size);
  CHECK(druva_document_free(log) == DRUVA_OK);
}

static size_t count_items(druva_pages *pages) {
  const druva_json *item;
  size_t count = 0;
  while (druva_pages_next_item(pages, &item, NULL) == DRUVA_OK) count++;
  CHECK(druva_pages_free(pages) == DRUVA_OK);
  return count;
}

void test_typed(void) {
  fixture fixture = setup();
  druva_pages *pages;
  druva_response *response;
  const druva_json *json;
  char text[4096];

  OK(druva_insync_devices_list(fixture.client, NULL, &pages, &error));
  CHECK(druva_pages_next_item(pages, &json, NULL) == DRUVA_OK);
  int64_t id = 0, user = 0;
  CHECK(druva_json_int64(druva_json_get(json, "deviceID"), &id) && druva_json_int64(druva_json_get(json, "userID"), &user));
  CHECK(druva_pages_free(pages) == DRUVA_OK);

  OK(druva_insync_devices_get(fixture.client, id, NULL, &response, &error));
  OK(druva_response_json(response, &json, &error));
  EQUAL_TEXT(druva_json_string(druva_json_get(json, "deviceID")), (snprintf(text, sizeof text, "%lld", (long long)id), text));
  CHECK(druva_response_free(response) == DRUVA_OK);

  /* Lists, texts and truths in a query. */
  const druva_insync_devices_list_options *options =
      DRUVA_WITH(druva_insync_devices_list_options, DRUVA_INT64_LIST(device_ids, id, id), .user_id = DRUVA_INT64(user));
  OK(druva_insync_devices_list(fixture.client, options, &pages, &error));
  CHECK(count_items(pages) == 1);
  last_request(fixture, "query", text, sizeof text);
  CHECK(strstr(text, "deviceIDs") != NULL && strstr(text, "userID") != NULL);
  options = DRUVA_WITH(druva_insync_devices_list_options, .device_marked_inactive = DRUVA_BOOL(true), .platform_os = "win32");
  OK(druva_insync_devices_list(fixture.client, options, &pages, &error));
  CHECK(count_items(pages) < 100);
  last_request(fixture, "query", text, sizeof text);
  CHECK(strstr(text, "true") != NULL && strstr(text, "win32") != NULL);

  /* A header of an older version knew less of the struct: what lies behind its size is not read. */
  druva_insync_devices_list_options older = {.struct_size = 3 * sizeof(void *), .user_id = DRUVA_INT64(user), .uuid = (const char *)1};
  OK(druva_insync_devices_list(fixture.client, &older, &pages, &error));
  CHECK(count_items(pages) >= 1);
  druva_insync_devices_list_options unsized = {.user_id = DRUVA_INT64(user)};
  CHECK(druva_insync_devices_list(fixture.client, &unsized, &pages, NULL) == DRUVA_ARGUMENT);

  /* JSON in a body. */
  const char *filters = "{\"pageSize\": 50, \"filterBy\": [{\"fieldName\": \"lastUpdatedTime\", \"operator\": \"GTE\", \"value\": \"2020-01-01T00:00:00Z\"}]}";
  OK(druva_platform_reports_query(fixture.client, "epLastBackupStatus", DRUVA_WITH(druva_platform_reports_query_options, .filters_json = filters), &pages, &error));
  CHECK(count_items(pages) > 0);
  last_request(fixture, "body", text, sizeof text);
  CHECK(strstr(text, "2020-01-01T00:00:00Z") != NULL);
  const druva_platform_reports_query_options *broken = DRUVA_WITH(druva_platform_reports_query_options, .filters_json = "{}, \"x\": 1");
  CHECK(druva_platform_reports_query(fixture.client, "epLastBackupStatus", broken, &pages, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_platform_reports_query(fixture.client, NULL, NULL, &pages, NULL) == DRUVA_ARGUMENT);

  /* Per-call settings travel in the same struct. */
  control(fixture, "{\"do\": \"fault\", \"operation\": \"insync.devices.get\", \"delay\": 20, \"status\": 200}");
  const druva_call_options *hurry = DRUVA_WITH(druva_call_options, .timeout = 0.2);
  CHECK(druva_insync_devices_get(fixture.client, id, DRUVA_WITH(druva_insync_devices_get_options, .call = hurry), &response, NULL) == DRUVA_TIMEOUT);
  teardown(fixture);
}
