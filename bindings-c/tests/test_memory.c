/* Clients made, used, cancelled and freed again and again leave memory as it was. ROUNDS=1000000 does it long. */
#include "test.h"
#ifdef __linux__
#include <unistd.h>
#endif

/* Fewer rounds say nothing about memory. */
#define JUDGED 10000
/* What memory may grow by after the first quarter of the rounds, in bytes. */
#define GROWTH (2L << 20)

/* What the process holds; 0 where that is not known, or not ours: ASAN keeps what was freed. */
static long held(void) {
  long pages = 0;
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
  FILE *file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%*d %ld", &pages) == 1 && fclose(file) == 0);
  pages *= sysconf(_SC_PAGESIZE);
#endif
  return pages;
}

static void round_of(fixture fixture, bool answered) {
  druva_client *client;
  druva_cancel *cancel;
  druva_response *response = NULL;
  druva_error *error = NULL;
  OK(druva_client_new(DRUVA_WITH(druva_options, .client_id = druva_testing_emulator_client_id(fixture.emulator),
                                 .client_secret = druva_testing_emulator_client_secret(fixture.emulator),
                                 .base_url = druva_testing_emulator_url(fixture.emulator)),
                      &client, &error));
  if (answered) {
    OK(druva_call(client, "insync.devices.list", NULL, NULL, &response, &error));
    CHECK(druva_response_free(response) == DRUVA_OK);
    control(fixture, "{\"do\": \"clear_log\"}");
  }
  OK(druva_cancel_new(&cancel, &error));
  CHECK(druva_cancel_trigger(cancel) == DRUVA_OK);
  const druva_call_options *options = DRUVA_WITH(druva_call_options, .cancel = cancel);
  CHECK(druva_call(client, "insync.devices.list", NULL, options, &response, &error) == DRUVA_CANCELLED);
  CHECK(druva_error_free(error) == DRUVA_OK && druva_cancel_free(cancel) == DRUVA_OK);
  CHECK(druva_client_free(client) == DRUVA_OK && druva_client_free(client) == DRUVA_ARGUMENT);
}

void test_memory(void) {
  const char *wanted = getenv("ROUNDS");
  long rounds = wanted != NULL ? atol(wanted) : JUDGED, before = 0;
  fixture fixture = setup();
  for (long at = 0; at < rounds; at++) {
    if (at == rounds / 4) before = held();
    round_of(fixture, at % 10000 == 0); /* Each answer leaves a token in the emulator, which is in this process. */
  }
  long grown = held() - before;
  if (wanted != NULL) printf("%ld rounds: memory grew by %ld KB after the first quarter\n", rounds, grown / 1024);
  CHECK(rounds < JUDGED || grown < GROWTH);
  teardown(fixture);
}
