/* Handles that are NULL, freed or of another kind are refused everywhere and break nothing. */
#include "test.h"

/* What is in the error. */
static void say_what_is_wrong(void *bad, const char *why) {
  druva_response *response = NULL;
  druva_error *error = NULL;
  size_t length = 7;
  CHECK(druva_call(bad, "insync.devices.list", NULL, NULL, &response, &error) == DRUVA_ARGUMENT);
  CHECK(strstr(druva_error_message(error), "client is ") != NULL && strstr(druva_error_message(error), why) != NULL);
  CHECK(druva_error_free(error) == DRUVA_OK && response == NULL);
  CHECK(druva_response_body(bad, &length) == NULL && length == 0);
}

/* Whether each kind, freed, is refused by all functions, its own _free included. */
#define FREED(kind) \
  do { \
    CHECK(druva_##kind##_free(live.kind) == DRUVA_OK); \
    refuse_handle(live.kind, ""); \
  } while (0)

void test_handles(void) {
  fixture fixture = setup();
  live live = {.client = fixture.client, .testing_emulator = fixture.emulator};
  druva_response *response = NULL;

  OK(druva_cancel_new(&live.cancel, &error));
  OK(druva_document_parse("{}", 2, &live.document, &error));
  OK(druva_pages_new(live.client, "insync.devices.list", NULL, NULL, &live.pages, &error));
  OK(druva_pages_next(live.pages, &live.response, &error));
  CHECK(druva_call(live.client, "no.such.thing", NULL, NULL, &response, &live.error) == DRUVA_ARGUMENT);
  control(fixture, "{\"do\": \"clear_log\"}");

  refuse_null(&live);
  CHECK(druva_call(live.client, "\xff", NULL, NULL, &response, NULL) == DRUVA_ARGUMENT);
  druva_call_options no_size = {.timeout = 1};
  CHECK(druva_call(live.client, "insync.devices.list", NULL, &no_size, &response, NULL) == DRUVA_ARGUMENT);
  refuse_handle(live.cancel, "cancel");
  refuse_handle(live.client, "client");
  refuse_handle(live.document, "document");
  refuse_handle(live.error, "error");
  refuse_handle(live.pages, "pages");
  refuse_handle(live.response, "response");
  refuse_handle(live.testing_emulator, "testing_emulator");
  refuse_handle(NULL, "");
  refuse_handle(&fixture, "");
  refuse_handle((void *)1, "");
  refuse_handle((void *)UINTPTR_MAX, "");
  say_what_is_wrong(NULL, "NULL");
  say_what_is_wrong(live.cancel, "of another kind");

  FREED(cancel);
  const druva_call_options *stale = DRUVA_WITH(druva_call_options, .cancel = live.cancel);
  CHECK(druva_call(live.client, "insync.devices.list", NULL, stale, &response, NULL) == DRUVA_ARGUMENT);
  FREED(document);
  FREED(error);
  FREED(pages);
  FREED(response);
  CHECK(response == NULL && requests(fixture, "insync.devices.list") == 0 && logged(fixture, "violations") == 0);
  FREED(client);
  FREED(testing_emulator);
  say_what_is_wrong(live.client, "freed already");
}
