/* Lists: by page, by item, from a cursor that was kept. */
#include "test.h"
#include <pthread.h>

static int64_t event_id(const druva_json *event) {
  int64_t id = -1;
  CHECK(druva_json_int64(druva_json_get(event, "eventID"), &id));
  return id;
}

/* The first event of a feed that goes on from there. */
static int64_t first_event(fixture fixture, const char *tracker) {
  druva_pages *pages;
  const druva_json *event;
  const druva_insync_events_list_options *options = DRUVA_WITH(druva_insync_events_list_options, .tracker = tracker);
  OK(druva_insync_events_list(fixture.client, options, &pages, &error));
  OK(druva_pages_next_item(pages, &event, &error));
  int64_t id = event_id(event);
  CHECK(druva_pages_free(pages) == DRUVA_OK);
  return id;
}

/* Whoever keeps the cursor after each item goes on with the page that was not done, and never behind it. */
static void test_cursor(fixture fixture) {
  druva_pages *pages;
  const druva_json *event;
  int64_t ids[101];
  OK(druva_insync_events_list(fixture.client, NULL, &pages, &error));
  CHECK(druva_pages_cursor(pages) == NULL);
  for (size_t at = 0; at < 101; at++) {
    OK(druva_pages_next_item(pages, &event, &error));
    ids[at] = event_id(event);
    if (at < 39) CHECK(druva_pages_cursor(pages) == NULL);
    if (at == 79) CHECK(first_event(fixture, druva_pages_cursor(pages)) != ids[40]);
    if (at == 39 || at == 40 || at == 78) {
      const char *cursor = druva_pages_cursor(pages);
      CHECK(cursor != NULL && (at == 39 || first_event(fixture, cursor) == ids[40]));
    }
  }
  CHECK(first_event(fixture, druva_pages_cursor(pages)) == ids[80]);
  CHECK(druva_pages_free(pages) == DRUVA_OK);
}

/* Waits for an item until it is cancelled. */
static void *wait_for_item(void *pages) {
  const druva_json *item;
  CHECK(druva_pages_next_item(pages, &item, NULL) == DRUVA_CANCELLED);
  return NULL;
}

/* Nobody waits for a list that fetches a page: its cursor is told, and another reader is refused. */
static void test_busy(fixture fixture) {
  druva_cancel *cancel;
  druva_pages *pages;
  const druva_json *item;
  pthread_t thread;
  OK(druva_cancel_new(&cancel, &error));
  control(fixture, "{\"do\": \"clear_log\"}");
  control(fixture, "{\"do\": \"fault\", \"operation\": \"insync.devices.list\", \"delay\": 20, \"status\": 200}");
  OK(druva_pages_new(fixture.client, "insync.devices.list", NULL, DRUVA_WITH(druva_call_options, .cancel = cancel), &pages, &error));
  CHECK(pthread_create(&thread, NULL, wait_for_item, pages) == 0);
  while (requests(fixture, "insync.devices.list") == 0) continue;
  CHECK(druva_pages_cursor(pages) == NULL);
  CHECK(druva_pages_next_item(pages, &item, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_cancel_trigger(cancel) == DRUVA_OK && pthread_join(thread, NULL) == 0);
  CHECK(druva_pages_free(pages) == DRUVA_OK && druva_cancel_free(cancel) == DRUVA_OK);
}

void test_pages(void) {
  fixture fixture = setup();
  druva_pages *pages;
  druva_response *page;
  druva_result result;

  OK(druva_pages_new(fixture.client, "insync.devices.list", NULL, NULL, &pages, &error));
  CHECK(requests(fixture, "insync.devices.list") == 0);
  size_t sizes[4] = {0}, count = 0;
  while ((result = druva_pages_next(pages, &page, NULL)) == DRUVA_OK) {
    CHECK(count < 4);
    sizes[count++] = druva_json_length(druva_response_items(page));
    CHECK(druva_response_free(page) == DRUVA_OK);
  }
  CHECK(result == DRUVA_DONE && druva_pages_next(pages, &page, NULL) == DRUVA_DONE);
  CHECK(count == 3 && sizes[0] == 40 && sizes[1] == 40 && sizes[2] == 20);
  CHECK(druva_pages_free(pages) == DRUVA_OK && druva_pages_free(pages) == DRUVA_ARGUMENT);

  /* By item; pages outlive their client. */
  druva_client *client;
  OK(druva_client_new(DRUVA_WITH(druva_options, .client_id = druva_testing_emulator_client_id(fixture.emulator),
                                 .client_secret = druva_testing_emulator_client_secret(fixture.emulator),
                                 .base_url = druva_testing_emulator_url(fixture.emulator)), &client, &error));
  OK(druva_insync_devices_list(client, NULL, &pages, &error));
  CHECK(druva_client_free(client) == DRUVA_OK);
  const druva_json *device;
  int64_t id = 0;
  for (count = 0; (result = druva_pages_next_item(pages, &device, NULL)) == DRUVA_OK; count++) {
    CHECK(druva_json_int64(druva_json_get(device, "deviceID"), &id));
    CHECK(druva_json_string(druva_json_get(device, "deviceName")) != NULL);
  }
  CHECK(result == DRUVA_DONE && count == 100 && id != 0);
  CHECK(druva_pages_free(pages) == DRUVA_OK);

  /* The tracker of a feed goes on where it was. */
  OK(druva_insync_events_list(fixture.client, NULL, &pages, &error));
  while (druva_pages_next_item(pages, &device, NULL) == DRUVA_OK) continue;
  char tracker[512];
  snprintf(tracker, sizeof tracker, "%s", druva_pages_cursor(pages));
  CHECK(tracker[0] != '\0' && druva_pages_free(pages) == DRUVA_OK);
  control(fixture, "{\"do\": \"emit_events\", \"count\": 3}");
  OK(druva_insync_events_list(fixture.client, DRUVA_WITH(druva_insync_events_list_options, .tracker = tracker), &pages, &error));
  for (count = 0; druva_pages_next_item(pages, &device, NULL) == DRUVA_OK; count++) continue;
  CHECK(count == 3 && druva_pages_free(pages) == DRUVA_OK);

  test_cursor(fixture);
  test_busy(fixture);
  CHECK(druva_pages_new(fixture.client, "insync.devices.get", "{\"deviceID\": 1}", NULL, &pages, NULL) == DRUVA_ARGUMENT);
  teardown(fixture);
}
