/* Errors are data. */
#include "test.h"

static void nothing_given(void *userdata, druva_credential *credential) {
  (void)userdata;
  (void)credential;
}

static void count_release(void *released) { ++*(int *)released; }

/* A client that is not made has no use for what it was given. */
static void released_on_failure(void) {
  druva_client *client = NULL;
  int released = 0;
  CHECK(druva_client_new_provided(NULL, NULL, count_release, &released, &client, NULL) == DRUVA_ARGUMENT && released == 1);
  CHECK(druva_client_new_provided(NULL, nothing_given, count_release, &released, NULL, NULL) == DRUVA_ARGUMENT && released == 2);
  CHECK(druva_client_new_provided("[", nothing_given, count_release, &released, &client, NULL) != DRUVA_OK && released == 3);
  CHECK(client == NULL);
}

void test_errors(void) {
  fixture fixture = setup();
  druva_response *response = NULL;
  druva_error *error = NULL;

  CHECK(druva_insync_devices_get(fixture.client, 999999999, NULL, &response, &error) == DRUVA_NOT_FOUND);
  CHECK(response == NULL);
  CHECK(druva_error_code(error) == DRUVA_NOT_FOUND && druva_error_status(error) == 404);
  EQUAL_TEXT(druva_error_class(error), "NotFoundError");
  EQUAL_TEXT(druva_error_operation(error), "insync.devices.get");
  EQUAL_TEXT(druva_error_method(error), "GET");
  CHECK(druva_error_attempts(error) == 1 && !druva_error_retryable(error));
  CHECK(druva_error_may_have_been_applied(error) == DRUVA_APPLIED_NO);
  CHECK(druva_error_retry_after(error) < 0 && druva_error_body(error) != NULL);
  CHECK(strstr(druva_error_to_json(error), "\"kind\":\"not_found\"") != NULL);
  CHECK(druva_error_free(error) == DRUVA_OK);

  control(fixture, "{\"do\": \"fault\", \"operation\": \"insync.devices.get\", \"status\": 429,"
                   " \"headers\": {\"retry-after\": \"3600\"},"
                   " \"body\": {\"code\": \"InsyncEndpoints-1006\", \"message\": \"slow down\"}}");
  CHECK(druva_insync_devices_get(fixture.client, 1, NULL, &response, &error) == DRUVA_RATE_LIMITED);
  CHECK(druva_error_retry_after(error) > 3599 && druva_error_retryable(error));
  EQUAL_TEXT(druva_error_api_code(error), "InsyncEndpoints-1006");
  CHECK(strstr(druva_error_message(error), "slow down") != NULL);
  CHECK(druva_error_free(error) == DRUVA_OK);

  CHECK(druva_call(fixture.client, "insync.devices.nap", NULL, NULL, &response, &error) == DRUVA_ARGUMENT);
  EQUAL_TEXT(druva_error_class(error), "ArgumentError");
  CHECK(druva_error_operation(error) == NULL && druva_error_status(error) == 0);
  CHECK(druva_error_free(error) == DRUVA_OK);
  CHECK(druva_call(fixture.client, "insync.devices.get", "{\"deviceID\": 1, \"colour\": 2}", NULL, &response, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_call(fixture.client, "insync.devices.get", "[", NULL, &response, NULL) == DRUVA_ARGUMENT);

  druva_client *client = NULL;
  CHECK(druva_client_new_json("{\"client_id\": \"a\", \"client_secret\": \"b\", \"cloud\": \"moon\"}", &client, &error) == DRUVA_CONFIG);
  CHECK(client == NULL && druva_error_free(error) == DRUVA_OK);

  OK(druva_client_new(DRUVA_WITH(druva_options, .client_id = "nobody", .client_secret = "top-secret",
                                 .base_url = druva_testing_emulator_url(fixture.emulator)), &client, &error));
  CHECK(druva_insync_devices_get(client, 1, NULL, &response, &error) == DRUVA_INVALID_CREDENTIALS);
  CHECK(strstr(druva_error_to_json(error), "top-secret") == NULL);
  char text[2048];
  CHECK(druva_client_describe(client, text, sizeof text) > 0 && strstr(text, "top-secret") == NULL);
  CHECK(druva_error_free(error) == DRUVA_OK && druva_client_free(client) == DRUVA_OK);
  teardown(fixture);
  released_on_failure();
}
