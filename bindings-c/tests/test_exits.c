/* Programs that end in the middle of calls: at once, with their own code, and without a word of the library's. */
#define _DEFAULT_SOURCE /* popen and usleep, which C11 alone does not have */
#include "test.h"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS = 50 };

static fixture kept;

static void ignored(void *userdata, druva_response *response, druva_error *error) {
  (void)userdata;
  druva_response_free(response);
  druva_error_free(error);
}

static void ends(void *userdata, druva_response *response, druva_error *error) {
  ignored(userdata, response, error);
  exit(7);
}

static void *blocked(void *client) {
  druva_response *response = NULL;
  druva_call(client, "insync.devices.list", NULL, NULL, &response, NULL);
  return NULL;
}

static void *leaves(void *unused) {
  (void)unused;
  exit(8);
}

/* Answers come meanwhile. */
static void lingers(void) {
  usleep(100000);
}

static void frees(void) {
  OK(druva_client_free(kept.client));
  OK(druva_testing_emulator_free(kept.emulator));
}

static void calls(void) {
  druva_response *response;
  OK(druva_call(kept.client, "insync.users.list", NULL, NULL, &response, &error));
  OK(druva_response_free(response));
}

/* Begins calls that wait for their answers, submitted and blocked, and a list. */
static void begin(const char *delay) {
  char fault[128];
  pthread_t thread;
  druva_pages *pages;
  kept = setup();
  snprintf(fault, sizeof fault, "{\"do\": \"fault\", \"operation\": \"insync.devices.list\", \"delay\": %s, \"count\": null}", delay);
  control(kept, fault);
  for (size_t at = 0; at < CALLS; at++)
    OK(druva_submit(kept.client, "insync.devices.list", NULL, NULL, ignored, NULL, &error));
  CHECK(pthread_create(&thread, NULL, blocked, kept.client) == 0 && pthread_detach(thread) == 0);
  OK(druva_insync_devices_list(kept.client, NULL, &pages, &error));
  OK(druva_pages_submit_next(pages, ignored, NULL, &error));
  while (requests(kept, "insync.devices.list") < CALLS / 2) usleep(1000);
}

int end_program(const char *how) {
  pthread_t thread;
  alarm(20);
  begin(strstr(how, "answers") ? "0.05" : "60");
  if (strstr(how, "lingers")) CHECK(atexit(lingers) == 0);
  if (strstr(how, "frees")) CHECK(atexit(frees) == 0);
  if (strstr(how, "calls")) CHECK(atexit(calls) == 0);
  if (strstr(how, "exits")) exit(4);
  if (strstr(how, "at once")) _exit(5);
  if (strstr(how, "callback")) {
    /* Arguments that do not fit are told on this thread, the others on the library's. */
    OK(druva_submit(kept.client, "insync.users.list", strstr(how, "own") ? "{\"colour\": 1}" : NULL, NULL, ends, NULL, &error));
    pause();
  }
  if (strstr(how, "thread")) {
    CHECK(pthread_create(&thread, NULL, leaves, NULL) == 0);
    blocked(kept.client);
    pause();
  }
  return 3;
}

void test_exits(void) {
  static const struct {
    const char *how;
    int code;
  } ways[] = {
      {"returns", 3}, {"exits", 4}, {"at once", 5}, {"callback", 7}, {"own callback", 7}, {"thread", 8},
      {"returns frees", 3}, {"exits frees", 4}, {"returns calls", 3}, {"returns, calls, frees", 3},
      {"answers, returns", 3}, {"answers, exits", 4}, {"answers, returns lingers", 3}, {"answers, exits lingers", 4},
      {"answers, exits lingers calls frees", 4}, {"answers, callback lingers", 7}, {"answers, thread lingers", 8},
  };
  for (size_t at = 0; at < sizeof ways / sizeof *ways; at++) {
    char command[4200], said[256] = "";
    snprintf(command, sizeof command, "exec '%s' '%s' 2>&1", program, ways[at].how);
    FILE *output = popen(command, "r");
    CHECK(output != NULL);
    size_t length = fread(said, 1, sizeof said - 1, output);
    int status = pclose(output);
    if (length > 0 || !WIFEXITED(status) || WEXITSTATUS(status) != ways[at].code) {
      fprintf(stderr, "a program that %s: status %d, not code %d: %s\n", ways[at].how, status, ways[at].code, said);
      exit(1);
    }
  }
}
