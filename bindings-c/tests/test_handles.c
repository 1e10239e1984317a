/* Handles that are NULL, freed or of another kind are refused everywhere and break nothing. */
#include "test.h"

static void never(void *userdata, druva_response *response, druva_error *error) {
  (void)userdata, (void)response, (void)error;
  CHECK(!"called");
}

/* Every function, with a client and pages and so on that are not alive. */
static void use(void *bad) {
  druva_response *response = NULL;
  druva_pages *pages = NULL;
  druva_error *error = NULL;
  const druva_json *value = NULL;
  size_t length = 7;
  char buffer[4];

  CHECK(druva_call(bad, "insync.devices.list", NULL, NULL, &response, &error) == DRUVA_ARGUMENT);
  CHECK(druva_error_code(error) == DRUVA_ARGUMENT && strstr(druva_error_message(error), "client is ") != NULL);
  CHECK(druva_error_free(error) == DRUVA_OK);
  CHECK(druva_error_free(error) == DRUVA_ARGUMENT);

  CHECK(druva_submit(bad, "insync.devices.list", NULL, NULL, never, NULL, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_pages_new(bad, "insync.devices.list", NULL, NULL, &pages, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_insync_devices_list(bad, NULL, &pages, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_insync_devices_get(bad, 12, NULL, &response, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_client_describe(bad, buffer, sizeof buffer) == 0);
  CHECK(druva_testing_advance_clock(bad, 1) == DRUVA_ARGUMENT);
  CHECK(druva_client_free(bad) == DRUVA_ARGUMENT);

  CHECK(druva_pages_next(bad, &response, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_pages_next_item(bad, &value, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_pages_submit_next(bad, never, NULL, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_pages_cursor(bad) == NULL && druva_pages_free(bad) == DRUVA_ARGUMENT);

  CHECK(druva_response_status(bad) == 0 && druva_response_attempts(bad) == 0);
  CHECK(druva_response_body(bad, &length) == NULL && length == 0);
  CHECK(druva_response_header(bad, "date") == NULL && druva_response_items(bad) == NULL);
  CHECK(druva_response_json(bad, &value, NULL) == DRUVA_ARGUMENT && druva_response_free(bad) == DRUVA_ARGUMENT);

  CHECK(druva_error_code(bad) == DRUVA_ARGUMENT && druva_error_message(bad) == NULL && druva_error_to_json(bad) == NULL);
  CHECK(druva_error_may_have_been_applied(bad) == DRUVA_APPLIED_UNKNOWN && druva_error_free(bad) == DRUVA_ARGUMENT);
  CHECK(druva_document_root(bad) == NULL && druva_document_text(bad) == NULL && druva_document_free(bad) == DRUVA_ARGUMENT);
  CHECK(druva_cancel_trigger(bad) == DRUVA_ARGUMENT && druva_cancel_free(bad) == DRUVA_ARGUMENT);
  CHECK(druva_testing_emulator_url(bad) == NULL && druva_testing_emulator_free(bad) == DRUVA_ARGUMENT);
  CHECK(response == NULL && pages == NULL && value == NULL);
}

void test_handles(void) {
  fixture fixture = setup();
  druva_response *response = NULL;
  druva_cancel *cancel;

  CHECK(druva_call(fixture.client, NULL, NULL, NULL, &response, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_call(fixture.client, "insync.devices.list", NULL, NULL, NULL, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_call(fixture.client, "\xff", NULL, NULL, &response, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_submit(fixture.client, "insync.devices.list", NULL, NULL, NULL, NULL, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_document_parse(NULL, 0, NULL, NULL) == DRUVA_ARGUMENT);
  druva_call_options no_size = {.timeout = 1};
  CHECK(druva_call(fixture.client, "insync.devices.list", NULL, &no_size, &response, NULL) == DRUVA_ARGUMENT);

  OK(druva_cancel_new(&cancel, &error));
  CHECK(druva_client_free((druva_client *)cancel) == DRUVA_ARGUMENT);
  CHECK(druva_cancel_free(cancel) == DRUVA_OK);
  const druva_call_options *stale = DRUVA_WITH(druva_call_options, .cancel = cancel);
  CHECK(druva_call(fixture.client, "insync.devices.list", NULL, stale, &response, NULL) == DRUVA_ARGUMENT);
  CHECK(response == NULL && requests(fixture, "insync.devices.list") == 0);

  druva_client *freed = fixture.client;
  teardown(fixture);
  use(freed);
  use(NULL);
  use(&fixture);
}
