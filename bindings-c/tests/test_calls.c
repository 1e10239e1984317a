/* Blocking calls. */
#include "test.h"

void test_calls(void) {
  fixture fixture = setup();
  druva_response *response;
  const druva_json *answer = NULL;
  size_t length = 0;

  OK(druva_call(fixture.client, "insync.devices.list", NULL, NULL, &response, &error));
  CHECK(druva_response_status(response) == 200 && druva_response_attempts(response) == 1);
  CHECK(druva_response_elapsed(response) > 0);
  CHECK(strstr(druva_response_header(response, "Content-Type"), "json") != NULL);
  CHECK(druva_response_header(response, "x-none") == NULL);
  CHECK(druva_response_body(response, &length)[0] == '{' && length > 1000);
  OK(druva_response_json(response, &answer, &error));
  CHECK(druva_json_length(druva_json_get(answer, "devices")) == 40);
  CHECK(druva_response_items(response) == druva_json_get(answer, "devices"));
  CHECK(druva_response_free(response) == DRUVA_OK);

  /* A read is tried again; a client may be freed while its answers are still read. */
  control(fixture, "{\"do\": \"fault\", \"operation\": \"insync.devices.list\", \"status\": 503}");
  OK(druva_call(fixture.client, "insync.devices.list", "{}", NULL, &response, &error));
  CHECK(druva_response_attempts(response) == 2);
  CHECK(logged(fixture, "tokens_minted") == 1);

  CHECK(druva_testing_advance_clock(fixture.client, 1800) == DRUVA_OK);
  druva_response *later;
  OK(druva_call(fixture.client, "insync.devices.list", NULL, NULL, &later, &error));
  CHECK(logged(fixture, "tokens_minted") == 2);
  CHECK(druva_response_free(later) == DRUVA_OK);

  /* What is no JSON is an error that says so, and still there as bytes. */
  control(fixture, "{\"do\": \"fault\", \"operation\": \"insync.devices.list\", \"status\": 200, \"body\": \"<html>\"}");
  CHECK(druva_call(fixture.client, "insync.devices.list", NULL, NULL, &later, NULL) == DRUVA_DECODE);

  /* A body of no bytes can be looked at as well. */
  OK(druva_call(fixture.client, "insync.devices.enable", "{\"deviceID\": 1}", NULL, &later, &error));
  CHECK(druva_response_body(later, &length)[0] == '\0' && length == 0);
  CHECK(druva_response_free(later) == DRUVA_OK);

  CHECK(strstr(druva_operations_json(), "\"insync.devices.list\"") != NULL);
  CHECK(druva_version()[0] == '0');
  teardown(fixture);
  CHECK(druva_response_status(response) == 200 && druva_response_free(response) == DRUVA_OK);
}
