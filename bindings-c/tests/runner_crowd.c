/* Calls at once: of one client, and of the customers of a provider. */
#include "runner.h"
#include <druva/msp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void crowd_begin(crowd *crowd, size_t count) {
  memset(crowd, 0, sizeof *crowd);
  crowd->left = count;
  pthread_mutex_init(&crowd->lock, NULL);
  pthread_cond_init(&crowd->done, NULL);
}

static void count_result(void *userdata, druva_response *response, druva_error *error) {
  crowd *crowd = userdata;
  const char *class = error != NULL ? druva_error_class(error) : "ok";
  pthread_mutex_lock(&crowd->lock);
  size_t at = 0;
  while (crowd->counts[at].count != 0 && strcmp(crowd->counts[at].class, class) != 0) at++;
  snprintf(crowd->counts[at].class, sizeof crowd->counts[at].class, "%s", class);
  crowd->counts[at].count++;
  druva_response_free(response);
  druva_error_free(error);
  if (--crowd->left == 0) pthread_cond_signal(&crowd->done);
  pthread_mutex_unlock(&crowd->lock);
}

void crowd_call(crowd *crowd, const druva_client *client, const char *operation, const char *arguments,
                const druva_call_options *options) {
  if (druva_submit(client, operation, arguments, options, count_result, crowd, NULL) != DRUVA_OK) abort();
}

void crowd_end(crowd *crowd, text *answer) {
  pthread_mutex_lock(&crowd->lock);
  while (crowd->left > 0) pthread_cond_wait(&crowd->done, &crowd->lock);
  pthread_mutex_unlock(&crowd->lock);
  pthread_cond_destroy(&crowd->done);
  pthread_mutex_destroy(&crowd->lock);
  put(answer, "\"ok\":{\"results\":{");
  for (size_t at = 0; crowd->counts[at].count != 0; at++)
    put(answer, "%s\"%s\":%zu", at > 0 ? "," : "", crowd->counts[at].class, crowd->counts[at].count);
  put(answer, "}}");
}

/* The callers of all customers. */
typedef struct callers {
  size_t count;
  struct {
    druva_client *client;
    text arguments;
  } *each;
} callers;

static druva_result open_customers(callers *callers, const druva_client *provider, const druva_json *request,
                                   druva_error **error) {
  int64_t concurrent = 1;
  druva_pages *pages;
  const druva_json *customer;
  druva_result result = druva_msp_customers_list(provider, NULL, &pages, error);
  if (result != DRUVA_OK) return result;
  druva_json_int64(druva_json_get(request, "concurrent"), &concurrent);
  while ((result = druva_pages_next_item(pages, &customer, error)) == DRUVA_OK) {
    const char *id = druva_json_string(druva_json_get(customer, "id"));
    callers->each = must(realloc(callers->each, (callers->count + (size_t)concurrent) * sizeof *callers->each));
    for (int64_t nth = 0; nth < concurrent; nth++) {
      druva_client *client;
      text arguments = {0};
      if ((result = druva_client_customer(provider, id, &client, error)) != DRUVA_OK) break;
      put(&arguments, "{\"%s\":", string(request, "argument", ""));
      put_string(&arguments, id);
      put(&arguments, "}");
      callers->each[callers->count].client = client;
      callers->each[callers->count++].arguments = arguments;
    }
    if (result != DRUVA_OK) break;
  }
  druva_pages_free(pages);
  return result;
}

void run_customers(text *answer, const druva_client *provider, const druva_json *request) {
  callers callers = {0};
  druva_error *error;
  if (open_customers(&callers, provider, request, &error) != DRUVA_DONE) {
    put_error(answer, error);
  } else {
    crowd crowd;
    crowd_begin(&crowd, callers.count);
    for (size_t at = 0; at < callers.count; at++)
      crowd_call(&crowd, callers.each[at].client, string(request, "operation", ""), callers.each[at].arguments.start, NULL);
    crowd_end(&crowd, answer);
  }
  for (size_t at = 0; at < callers.count; at++) {
    druva_client_free(callers.each[at].client);
    free(callers.each[at].arguments.start);
  }
  free(callers.each);
}
