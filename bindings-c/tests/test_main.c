/* Runs the tests, each of which must leave no handle behind. */
#include "test.h"

fixture setup(void) {
  fixture fixture;
  OK(druva_testing_emulator_start("{\"devices\": 100, \"page_size\": 40}", &fixture.emulator, &error));
  OK(druva_client_new(DRUVA_WITH(druva_options, .client_id = druva_testing_emulator_client_id(fixture.emulator),
                                 .client_secret = druva_testing_emulator_client_secret(fixture.emulator),
                                 .base_url = druva_testing_emulator_url(fixture.emulator), .backoff = 0.01),
                      &fixture.client, &error));
  return fixture;
}

void teardown(fixture fixture) {
  CHECK(logged(fixture, "violations") == 0);
  CHECK(druva_client_free(fixture.client) == DRUVA_OK);
  CHECK(druva_testing_emulator_free(fixture.emulator) == DRUVA_OK);
}

void control(fixture fixture, const char *command) {
  OK(druva_testing_emulator_control(fixture.emulator, command, NULL, &error));
}

int64_t logged(fixture fixture, const char *name) {
  druva_document *log;
  int64_t number = -1;
  OK(druva_testing_emulator_control(fixture.emulator, "{\"do\": \"log\"}", &log, &error));
  CHECK(druva_json_int64(druva_json_get(druva_document_root(log), name), &number));
  CHECK(druva_document_free(log) == DRUVA_OK);
  return number;
}

size_t requests(fixture fixture, const char *operation) {
  druva_document *log;
  OK(druva_testing_emulator_control(fixture.emulator, "{\"do\": \"log\"}", &log, &error));
  const druva_json *all = druva_json_get(druva_document_root(log), "requests");
  size_t count = 0;
  for (size_t at = 0; at < druva_json_length(all); at++) {
    const char *name = druva_json_string(druva_json_get(druva_json_at(all, at), "operation"));
    count += name != NULL && strcmp(name, operation) == 0;
  }
  CHECK(druva_document_free(log) == DRUVA_OK);
  return count;
}

const char *program;

int main(int count, char **arguments) {
  program = arguments[0];
  if (count > 1) return end_program(arguments[1]);
  static const struct {
    const char *name;
    void (*run)(void);
  } tests[] = {
      {"json", test_json},   {"handles", test_handles}, {"errors", test_errors}, {"calls", test_calls},
      {"pages", test_pages}, {"typed", test_typed},     {"cancel", test_cancel}, {"submit", test_submit},
      {"wait", test_wait},   {"customers", test_customers}, {"exits", test_exits}, {"memory", test_memory},
  };
  for (size_t at = 0; at < sizeof tests / sizeof *tests; at++) {
    printf("%s\n", tests[at].name);
    fflush(stdout);
    tests[at].run();
    CHECK(druva_testing_live_handles() == 0);
  }
  return 0;
}
