/* Calls with a callback: many at once, from several threads, each told exactly once. */
#include "test.h"
#include <pthread.h>
#include <time.h>

enum { THREADS = 4, CALLS = 50 };

typedef struct tally {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  size_t responses, errors, ends, items;
  druva_result result;
  const druva_pages *pages;
} tally;

static void tally_init(tally *tally) {
  memset(tally, 0, sizeof *tally);
  CHECK(pthread_mutex_init(&tally->lock, NULL) == 0 && pthread_cond_init(&tally->changed, NULL) == 0);
}

/* Waits until so many calls were told, and ends the tally. */
static void tally_wait(tally *tally, size_t count) {
  struct timespec limit = {.tv_sec = time(NULL) + 60};
  CHECK(pthread_mutex_lock(&tally->lock) == 0);
  while (tally->responses + tally->errors + tally->ends < count) CHECK(pthread_cond_timedwait(&tally->changed, &tally->lock, &limit) == 0);
  CHECK(tally->responses + tally->errors + tally->ends == count);
  CHECK(pthread_mutex_unlock(&tally->lock) == 0);
  CHECK(pthread_cond_destroy(&tally->changed) == 0 && pthread_mutex_destroy(&tally->lock) == 0);
}

static void told(void *userdata, druva_response *response, druva_error *error) {
  tally *tally = userdata;
  CHECK(response == NULL || error == NULL);
  CHECK(pthread_mutex_lock(&tally->lock) == 0);
  tally->responses += response != NULL;
  tally->errors += error != NULL;
  tally->ends += response == NULL && error == NULL;
  tally->items += druva_json_length(druva_response_items(response));
  if (error != NULL) tally->result = druva_error_code(error);
  bool more = tally->pages != NULL && response != NULL;
  if (response != NULL) CHECK(druva_response_free(response) == DRUVA_OK);
  if (error != NULL) CHECK(druva_error_free(error) == DRUVA_OK);
  CHECK(pthread_cond_signal(&tally->changed) == 0);
  CHECK(pthread_mutex_unlock(&tally->lock) == 0);
  if (more) CHECK(druva_pages_submit_next(tally->pages, told, tally, NULL) == DRUVA_OK);
}

typedef struct job {
  druva_client *client;
  tally *tally;
} job;

static void *submit(void *argument) {
  job *job = argument;
  for (int at = 0; at < CALLS; at++)
    CHECK(druva_submit(job->client, "insync.devices.list", NULL, NULL, told, job->tally, NULL) == DRUVA_OK);
  return NULL;
}

void test_submit(void) {
  fixture fixture = setup();
  tally tally;
  pthread_t threads[THREADS];

  tally_init(&tally);
  job job = {fixture.client, &tally};
  for (size_t at = 0; at < THREADS; at++)
    CHECK(pthread_create(&threads[at], NULL, submit, &job) == 0);
  for (size_t at = 0; at < THREADS; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  tally_wait(&tally, THREADS * CALLS);
  CHECK(tally.responses == THREADS * CALLS && tally.items == THREADS * CALLS * 40);
  CHECK(logged(fixture, "tokens_minted") == 1);

  /* Bad arguments are told as well. */
  tally_init(&tally);
  OK(druva_submit(fixture.client, "insync.devices.get", "{\"colour\": 1}", NULL, told, &tally, &error));
  tally_wait(&tally, 1);
  CHECK(tally.errors == 1 && tally.result == DRUVA_ARGUMENT);

  /* A list whose pages ask for each other. */
  tally_init(&tally);
  druva_pages *pages;
  OK(druva_insync_devices_list(fixture.client, NULL, &pages, &error));
  tally.pages = pages;
  OK(druva_pages_submit_next(pages, told, &tally, &error));
  tally_wait(&tally, 4);
  CHECK(tally.responses == 3 && tally.ends == 1 && tally.items == 100);
  CHECK(druva_pages_free(pages) == DRUVA_OK);

  /* Cancelling what was submitted. */
  tally_init(&tally);
  druva_cancel *cancel;
  control(fixture, "{\"do\": \"fault\", \"operation\": \"insync.devices.list\", \"delay\": 20, \"status\": 200, \"count\": null}");
  OK(druva_cancel_new(&cancel, &error));
  OK(druva_submit(fixture.client, "insync.devices.list", NULL, DRUVA_WITH(druva_call_options, .cancel = cancel), told, &tally, &error));
  CHECK(druva_cancel_trigger(cancel) == DRUVA_OK && druva_cancel_free(cancel) == DRUVA_OK);
  tally_wait(&tally, 1);
  CHECK(tally.errors == 1 && tally.result == DRUVA_CANCELLED);
  teardown(fixture);
}
