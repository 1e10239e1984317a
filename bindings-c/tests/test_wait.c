/* Waiting for a restore. The emulator's clock moves with each look, so that nobody has to wait for it. */
#include "test.h"
#include <math.h>
#include <pthread.h>

typedef struct watch {
  fixture fixture;
  pthread_t thread;
  char states[128];
  druva_cancel *cancel;
  /* What a submitted wait came to. */
  pthread_mutex_t lock;
  pthread_cond_t told;
  bool over;
  druva_result result;
} watch;

/* Notes the state, and lets a minute pass at Druva. */
static void look(void *userdata, const char *state) {
  watch *watch = userdata;
  watch->thread = pthread_self();
  size_t length = strlen(watch->states);
  snprintf(watch->states + length, sizeof watch->states - length, "%s;", state);
  if (watch->cancel != NULL) CHECK(druva_cancel_trigger(watch->cancel) == DRUVA_OK);
  control(watch->fixture, "{\"do\": \"advance\", \"seconds\": 60}");
}

static void told(void *userdata, druva_response *response, druva_error *error) {
  watch *watch = userdata;
  CHECK((response == NULL) != (error == NULL));
  CHECK(pthread_mutex_lock(&watch->lock) == 0);
  watch->result = error != NULL ? druva_error_code(error) : DRUVA_OK;
  watch->over = true;
  if (response != NULL) CHECK(druva_response_free(response) == DRUVA_OK);
  if (error != NULL) CHECK(druva_error_free(error) == DRUVA_OK);
  CHECK(pthread_cond_signal(&watch->told) == 0);
  CHECK(pthread_mutex_unlock(&watch->lock) == 0);
}

static druva_result end_of(watch *watch) {
  CHECK(pthread_mutex_lock(&watch->lock) == 0);
  while (!watch->over) CHECK(pthread_cond_wait(&watch->told, &watch->lock) == 0);
  watch->over = false;
  CHECK(pthread_mutex_unlock(&watch->lock) == 0);
  return watch->result;
}

static int64_t begin_restore(fixture fixture) {
  druva_response *response;
  const druva_json *created;
  int64_t id;
  const druva_insync_restores_create_options *options =
      DRUVA_WITH(druva_insync_restores_create_options, .device_id = DRUVA_INT64(1), .target_device_id = DRUVA_INT64(1),
                 .restore_location = "Desktop");
  OK(druva_insync_restores_create(fixture.client, options, &response, &error));
  OK(druva_response_json(response, &created, &error));
  CHECK(druva_json_int64(druva_json_get(druva_json_at(druva_json_get(created, "restores"), 0), "restoreID"), &id));
  CHECK(druva_response_free(response) == DRUVA_OK);
  return id;
}

/* Waits with these options and gives what comes of it. */
static druva_result outcome(fixture fixture, const char *operation, const char *arguments, const druva_wait_options *options) {
  druva_response *response;
  druva_result result = druva_wait(fixture.client, operation, arguments, options, &response, NULL);
  if (result == DRUVA_OK) CHECK(druva_response_free(response) == DRUVA_OK);
  return result;
}

void test_wait(void) {
  fixture fixture = setup();
  watch watch = {.fixture = fixture, .lock = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER};
  druva_wait_options options = {.struct_size = sizeof options, .interval = 0.001, .progress = look, .userdata = &watch};
  druva_response *response;
  const druva_json *restore;
  char arguments[64];

  int64_t id = begin_restore(fixture);
  OK(druva_insync_restores_wait(fixture.client, id, &options, &response, &error));
  OK(druva_response_json(response, &restore, &error));
  EQUAL_TEXT(druva_json_string(druva_json_get(restore, "status")), "Successful");
  EQUAL_TEXT(watch.states, "Ongoing;Ongoing;Successful;");
  CHECK(pthread_equal(watch.thread, pthread_self()));
  CHECK(druva_response_free(response) == DRUVA_OK);

  /* Submitted, the states are told elsewhere, and before the callback. */
  watch.states[0] = '\0';
  snprintf(arguments, sizeof arguments, "{\"restoreID\": %lld}", (long long)begin_restore(fixture));
  OK(druva_submit_wait(fixture.client, "insync.restores.get", arguments, &options, told, &watch, &error));
  CHECK(end_of(&watch) == DRUVA_OK);
  EQUAL_TEXT(watch.states, "Ongoing;Ongoing;Successful;");
  CHECK(!pthread_equal(watch.thread, pthread_self()));

  /* Also when the SDK has a thread of its own, a blocking wait tells on the one that blocks. */
  watch.states[0] = '\0';
  id = begin_restore(fixture);
  OK(druva_insync_restores_wait(fixture.client, id, &options, &response, &error));
  EQUAL_TEXT(watch.states, "Ongoing;Ongoing;Successful;");
  CHECK(pthread_equal(watch.thread, pthread_self()));
  CHECK(druva_response_free(response) == DRUVA_OK);

  /* Nobody has to be told. */
  CHECK(outcome(fixture, "insync.restores.get", arguments, NULL) == DRUVA_OK);

  /* Giving up, by time and from the progress itself. */
  snprintf(arguments, sizeof arguments, "{\"restoreID\": %lld}", (long long)begin_restore(fixture));
  CHECK(outcome(fixture, "insync.restores.get", arguments, DRUVA_WITH(druva_wait_options, .timeout = 0.5)) == DRUVA_TIMEOUT);
  OK(druva_cancel_new(&watch.cancel, &error));
  options.cancel = watch.cancel;
  options.interval = 60;
  CHECK(outcome(fixture, "insync.restores.get", arguments, &options) == DRUVA_CANCELLED);
  CHECK(druva_cancel_free(watch.cancel) == DRUVA_OK);

  /* What cannot be waited for, and how one cannot wait. */
  size_t before = requests(fixture, "insync.restores.get");
  CHECK(outcome(fixture, "insync.devices.get", "{\"deviceID\": 1}", NULL) == DRUVA_ARGUMENT);
  CHECK(outcome(fixture, "insync.restores.get", arguments, DRUVA_WITH(druva_wait_options, .interval = -1)) == DRUVA_ARGUMENT);
  CHECK(outcome(fixture, "insync.restores.get", arguments, DRUVA_WITH(druva_wait_options, .timeout = NAN)) == DRUVA_ARGUMENT);
  CHECK(druva_insync_restores_wait(NULL, 1, NULL, &response, NULL) == DRUVA_ARGUMENT);
  OK(druva_submit_wait(fixture.client, "insync.devices.get", "{\"deviceID\": 1}", NULL, told, &watch, &error));
  CHECK(end_of(&watch) == DRUVA_ARGUMENT);
  CHECK(requests(fixture, "insync.restores.get") == before && requests(fixture, "insync.devices.get") == 0);
  teardown(fixture);
}
