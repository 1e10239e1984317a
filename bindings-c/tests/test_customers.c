/* The customers of a managed-service provider: clients of their own, and work for all of them. */
#include "test.h"
#include <pthread.h>

enum { THREADS = 4 };

static druva_result list_devices(const druva_client *client) {
  druva_response *response;
  druva_result result = druva_call(client, "insync.devices.list", NULL, NULL, &response, NULL);
  if (result == DRUVA_OK) CHECK(druva_response_free(response) == DRUVA_OK);
  return result;
}

static void *list_on_a_thread(void *client) {
  CHECK(list_devices(client) == DRUVA_OK);
  return NULL;
}

/* The id of the first customer, to be freed. */
static char *first_customer(fixture fixture) {
  druva_response *response;
  OK(druva_call(fixture.client, "msp.customers.list", NULL, NULL, &response, &error));
  const char *id = druva_json_string(druva_json_get(druva_json_at(druva_response_items(response), 0), "id"));
  CHECK(id != NULL);
  char *copy = malloc(strlen(id) + 1);
  CHECK(copy != NULL);
  strcpy(copy, id);
  CHECK(druva_response_free(response) == DRUVA_OK);
  return copy;
}

static void one_token_for_all(void) {
  fixture fixture = setup();
  druva_client *one, *other;
  pthread_t threads[THREADS];
  char text[1024];
  char *id = first_customer(fixture);

  OK(druva_client_customer(fixture.client, id, &one, &error));
  OK(druva_client_customer(fixture.client, id, &other, &error));
  for (size_t at = 0; at < THREADS; at++)
    CHECK(pthread_create(&threads[at], NULL, list_on_a_thread, at % 2 == 0 ? one : other) == 0);
  for (size_t at = 0; at < THREADS; at++) CHECK(pthread_join(threads[at], NULL) == 0);
  CHECK(requests(fixture, "msp.customers.create_token") == 1 && requests(fixture, "insync.devices.list") == THREADS);

  CHECK(druva_client_describe(one, text, sizeof text) < sizeof text);
  CHECK(strstr(text, id) != NULL && strstr(text, druva_testing_emulator_client_secret(fixture.emulator)) == NULL);

  /* Either may go first. */
  CHECK(druva_client_free(one) == DRUVA_OK);
  CHECK(list_devices(fixture.client) == DRUVA_OK && list_devices(one) == DRUVA_ARGUMENT);
  CHECK(logged(fixture, "violations") == 0);
  CHECK(druva_client_free(fixture.client) == DRUVA_OK);
  CHECK(list_devices(other) == DRUVA_OK);
  CHECK(druva_client_free(other) == DRUVA_OK && druva_testing_emulator_free(fixture.emulator) == DRUVA_OK);
  free(id);
}

/* What work notes, for many threads. */
typedef struct notes {
  pthread_mutex_t lock;
  size_t worked, failed, running, most;
  /* A customer whose work fails. */
  const char *bad;
  bool none;
} notes;

static void work(void *userdata, const druva_client *client, const druva_json *customer) {
  notes *notes = userdata;
  const char *id = druva_json_string(druva_json_get(customer, "id"));
  CHECK(!notes->none && id != NULL && client != NULL);
  pthread_mutex_lock(&notes->lock);
  if (++notes->running > notes->most) notes->most = notes->running;
  pthread_mutex_unlock(&notes->lock);
  bool fails = strcmp(id, notes->bad) == 0 || list_devices(client) != DRUVA_OK;
  pthread_mutex_lock(&notes->lock);
  notes->running--;
  if (fails) notes->failed++;
  else notes->worked++;
  pthread_mutex_unlock(&notes->lock);
}

static void work_for_all(void) {
  fixture fixture = setup();
  druva_response *response;
  char *bad = first_customer(fixture);
  OK(druva_call(fixture.client, "msp.customers.list", NULL, NULL, &response, &error));
  size_t count = druva_json_length(druva_response_items(response));
  CHECK(druva_response_free(response) == DRUVA_OK && count > 2);

  static const size_t at_once[] = {1, 3, 0, 1000};
  for (size_t at = 0; at < sizeof at_once / sizeof *at_once; at++) {
    notes notes = {.lock = PTHREAD_MUTEX_INITIALIZER, .bad = bad};
    OK(druva_for_each_customer(fixture.client, at_once[at], work, &notes, &error));
    CHECK(notes.worked == count - 1 && notes.failed == 1 && notes.running == 0);
    CHECK(notes.most <= (at_once[at] == 0 ? 8 : at_once[at]));
  }
  /* Clients end with the work, tokens stay. */
  CHECK(druva_testing_live_handles() == 2);
  CHECK(requests(fixture, "msp.customers.create_token") == count - 1);
  free(bad);
  teardown(fixture);
}

static void what_is_refused(void) {
  fixture fixture = setup();
  druva_client *customer, *none = NULL;
  druva_error *error;
  notes notes = {.lock = PTHREAD_MUTEX_INITIALIZER, .none = true};

  CHECK(druva_client_customer(NULL, "some", &none, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_client_customer(fixture.client, NULL, &none, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_client_customer(fixture.client, "", &none, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_client_customer(fixture.client, "some", NULL, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_for_each_customer(NULL, 2, work, &notes, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_for_each_customer(fixture.client, 2, NULL, &notes, NULL) == DRUVA_ARGUMENT);

  OK(druva_client_customer(fixture.client, "some", &customer, &error));
  CHECK(druva_client_customer(customer, "another", &none, NULL) == DRUVA_ARGUMENT);
  CHECK(druva_for_each_customer(customer, 2, work, &notes, NULL) == DRUVA_ARGUMENT);
  CHECK(none == NULL && requests(fixture, "msp.customers.list") == 0);

  /* No such customer: told when the first token is needed. */
  CHECK(list_devices(customer) == DRUVA_AUTH);
  CHECK(druva_client_free(customer) == DRUVA_OK);

  control(fixture, "{\"do\": \"fault\", \"operation\": \"msp.customers.list\", \"status\": 404}");
  CHECK(druva_for_each_customer(fixture.client, 2, work, &notes, &error) == DRUVA_NOT_FOUND);
  EQUAL_TEXT(druva_error_operation(error), "msp.customers.list");
  CHECK(druva_error_free(error) == DRUVA_OK);
  teardown(fixture);
}

/* CloudRanger takes a key in place of id and secret. */
static void a_key_for_cloudranger(void) {
  fixture fixture;
  druva_response *response;
  OK(druva_testing_emulator_start("{\"cloud\": \"cloudranger\"}", &fixture.emulator, &error));
  OK(druva_client_new(DRUVA_WITH(druva_options, .cloud = "cloudranger", .base_url = druva_testing_emulator_url(fixture.emulator),
                                 .api_key = druva_testing_emulator_api_key(fixture.emulator)),
                      &fixture.client, &error));
  OK(druva_call(fixture.client, "aws_native.organizations.list", NULL, NULL, &response, &error));
  CHECK(druva_response_free(response) == DRUVA_OK);
  CHECK(list_devices(fixture.client) == DRUVA_ARGUMENT);
  CHECK(druva_testing_emulator_api_key(NULL) == NULL);
  teardown(fixture);
}

void test_customers(void) {
  one_token_for_all();
  work_for_all();
  what_is_refused();
  a_key_for_cloudranger();
}
