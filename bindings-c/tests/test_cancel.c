/* Cancelling a blocked call from another thread, and deadlines. */
#include "test.h"
#include <pthread.h>

#define SLOW "{\"do\": \"fault\", \"operation\": \"insync.devices.list\", \"delay\": 20, \"status\": 200, \"count\": null}"

static void *trigger(void *cancel) {
  CHECK(druva_cancel_trigger(cancel) == DRUVA_OK);
  return NULL;
}

void test_cancel(void) {
  fixture fixture = setup();
  druva_cancel *cancel;
  druva_response *response = NULL;
  druva_pages *pages;
  druva_error *error = NULL;
  pthread_t thread;

  control(fixture, SLOW);
  OK(druva_cancel_new(&cancel, &error));
  const druva_call_options *options = DRUVA_WITH(druva_call_options, .cancel = cancel);
  CHECK(pthread_create(&thread, NULL, trigger, cancel) == 0);
  CHECK(druva_call(fixture.client, "insync.devices.list", NULL, options, &response, &error) == DRUVA_CANCELLED);
  EQUAL_TEXT(druva_error_class(error), "CancelledError");
  CHECK(response == NULL && druva_error_free(error) == DRUVA_OK && pthread_join(thread, NULL) == 0);

  /* A switch stays where it was put. */
  CHECK(druva_insync_devices_list(fixture.client, DRUVA_WITH(druva_insync_devices_list_options, .call = options), &pages, NULL) == DRUVA_OK);
  CHECK(druva_pages_next(pages, &response, NULL) == DRUVA_CANCELLED && response == NULL);
  CHECK(druva_pages_free(pages) == DRUVA_OK && druva_cancel_free(cancel) == DRUVA_OK);

  options = DRUVA_WITH(druva_call_options, .timeout = 0.2);
  CHECK(druva_call(fixture.client, "insync.devices.list", NULL, options, &response, &error) == DRUVA_TIMEOUT);
  CHECK(druva_error_free(error) == DRUVA_OK);
  options = DRUVA_WITH(druva_call_options, .timeout = -1);
  CHECK(druva_call(fixture.client, "insync.devices.list", NULL, options, &response, NULL) == DRUVA_ARGUMENT);
  teardown(fixture);
}
