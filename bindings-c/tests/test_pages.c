/* Lists: by page, by item, from a cursor that was kept. */
#include "test.h"

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

  CHECK(druva_pages_new(fixture.client, "insync.devices.get", "{\"deviceID\": 1}", NULL, &pages, NULL) == DRUVA_ARGUMENT);
  teardown(fixture);
}
