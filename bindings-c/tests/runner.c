/* The conformance runner of C: requests as JSON lines in, answers as JSON lines out; tests/README.md has the protocol. */
#define _POSIX_C_SOURCE 200809L
#include "runner.h"
#include <druva/insync.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- clients by name ------------------------------------------------------------------------------------------------ */

static struct named {
  char name[64];
  druva_client *client;
} clients[16];

static struct named *client_named(const char *name) {
  struct named *free = NULL;
  for (size_t at = 0; at < sizeof clients / sizeof *clients; at++) {
    if (clients[at].client != NULL && strcmp(clients[at].name, name) == 0) return &clients[at];
    if (clients[at].client == NULL) free = &clients[at];
  }
  if (free == NULL) abort();
  snprintf(free->name, sizeof free->name, "%s", name);
  return free;
}

static void client_close(struct named *named) {
  if (named->client != NULL) druva_client_free(named->client);
  named->client = NULL;
}

/* --- calls ---------------------------------------------------------------------------------------------------------- */

typedef struct timer {
  double seconds;
  druva_cancel *cancel;
} timer;

static void *trigger(void *argument) {
  const timer *timer = argument;
  double whole;
  double fraction = modf(timer->seconds, &whole);
  nanosleep(&(struct timespec){.tv_sec = (time_t)whole, .tv_nsec = (long)(fraction * 1e9)}, NULL);
  druva_cancel_trigger(timer->cancel);
  return NULL;
}

/* What limits a call from outside: its options, and the thread that cancels it. */
typedef struct limits {
  druva_call_options options;
  timer timer;
  pthread_t thread;
} limits;

static void limit(limits *limits, const druva_json *request) {
  *limits = (struct limits){.options = {.struct_size = sizeof limits->options}};
  druva_json_double(druva_json_get(request, "timeout"), &limits->options.timeout);
  if (!druva_json_double(druva_json_get(request, "cancel_after"), &limits->timer.seconds)) return;
  if (druva_cancel_new(&limits->timer.cancel, NULL) != DRUVA_OK) abort();
  if (pthread_create(&limits->thread, NULL, trigger, &limits->timer) != 0) abort();
  limits->options.cancel = limits->timer.cancel;
}

static void release(limits *limits) {
  if (limits->timer.cancel == NULL) return;
  pthread_join(limits->thread, NULL);
  druva_cancel_free(limits->timer.cancel);
}

/* An answer, whose object stays open for what else there is to say. */
static void put_response(text *text, druva_response *response) {
  const druva_json *json;
  put(text, "\"ok\":{\"status\":%d,\"attempts\":%u,", druva_response_status(response), druva_response_attempts(response));
  if (druva_response_json(response, &json, NULL) == DRUVA_OK) {
    put(text, "\"json\":");
    put_json(text, json);
  } else {
    size_t length;
    const char *body = druva_response_body(response, &length);
    put(text, "\"json\":null,\"text\":");
    put_bytes(text, body, length);
  }
  druva_response_free(response);
}

static void run_call(text *text, druva_client *client, const druva_json *request) {
  limits limits;
  int64_t count = 1;
  char *arguments = argument_text(request, "arguments");
  const char *operation = string(request, "operation", "");
  druva_json_int64(druva_json_get(request, "concurrent"), &count);
  limit(&limits, request);
  if (count != 1) {
    crowd crowd;
    crowd_begin(&crowd, (size_t)count);
    for (int64_t nth = 0; nth < count; nth++) crowd_call(&crowd, client, operation, arguments, &limits.options);
    crowd_end(&crowd, text);
  } else {
    druva_response *response;
    druva_error *error;
    if (druva_call(client, operation, arguments, &limits.options, &response, &error) == DRUVA_OK) {
      put_response(text, response);
      put(text, "}");
    } else {
      put_error(text, error);
    }
  }
  release(&limits);
  free(arguments);
}

static void note_state(void *userdata, const char *state) {
  text *states = userdata;
  if (states->length > 0) put(states, ",");
  put_string(states, state);
}

static void run_wait(text *answer, druva_client *client, const druva_json *request) {
  limits limits;
  text states = {0};
  druva_response *response;
  druva_error *error;
  char *arguments = argument_text(request, "arguments");
  limit(&limits, request);
  druva_wait_options options = {.struct_size = sizeof options, .timeout = limits.options.timeout,
                                .cancel = limits.options.cancel, .progress = note_state, .userdata = &states};
  druva_json_double(druva_json_get(request, "interval"), &options.interval);
  if (druva_wait(client, string(request, "operation", ""), arguments, &options, &response, &error) == DRUVA_OK) {
    put_response(answer, response);
    put(answer, ",\"states\":[%s]}", states.start);
  } else {
    put_error(answer, error);
  }
  release(&limits);
  free(states.start);
  free(arguments);
}

static void run_doctor(text *answer, druva_client *client) {
  druva_response *response;
  druva_error *error;
  if (druva_doctor(client, NULL, &response, &error) == DRUVA_OK) {
    size_t length;
    const char *body = druva_response_body(response, &length);
    put(answer, "\"ok\":%.*s", (int)length, body);
    druva_response_free(response);
  } else {
    put_error(answer, error);
  }
}

static void run_pages(text *answer, druva_client *client, const druva_json *request) {
  druva_pages *pages;
  druva_response *page;
  druva_error *error;
  druva_result result = DRUVA_OK;
  text counts = {0};
  limits limits;
  int64_t items = 0, most = INT64_MAX;
  char *arguments = argument_text(request, "arguments");
  druva_json_int64(druva_json_get(request, "limit"), &most);
  limit(&limits, request);
  if (druva_pages_new(client, string(request, "operation", ""), arguments, &limits.options, &pages, &error) != DRUVA_OK) {
    put_error(answer, error);
  } else {
    put(&counts, "%s", "");
    while (items < most && (result = druva_pages_next(pages, &page, &error)) == DRUVA_OK) {
      size_t count = druva_json_length(druva_response_items(page));
      put(&counts, "%s%zu", counts.length > 0 ? "," : "", count);
      items += (int64_t)count;
      druva_response_free(page);
    }
    if (result > 0) {
      put_error(answer, error);
      put(answer, ",\"pages\":[%s],\"items\":%lld", counts.start, (long long)items);
    } else {
      put(answer, "\"ok\":{\"pages\":[%s],\"items\":%lld,\"cursor\":", counts.start, (long long)items);
      put_string(answer, druva_pages_cursor(pages));
      put(answer, "}");
    }
    free(counts.start);
    druva_pages_free(pages);
  }
  release(&limits);
  free(arguments);
}

/* The typed function, and a device as the accessors see it. */
static void run_devices(text *text, druva_client *client, const druva_json *request) {
  int64_t ids[64];
  druva_insync_devices_list_options options = {.struct_size = sizeof options};
  const druva_json *arguments = druva_json_get(request, "arguments"), *device;
  for (size_t at = 0; at < druva_json_length(arguments); at++) {
    if (strcmp(druva_json_name(arguments, at), "deviceIDs") != 0) {
      put(text, "\"unsupported\":");
      put_string(text, druva_json_name(arguments, at));
      return;
    }
    const druva_json *list = druva_json_at(arguments, at);
    size_t count = 0;
    while (count < sizeof ids / sizeof *ids && druva_json_int64(druva_json_at(list, count), &ids[count])) count++;
    options.device_ids = ids;
    options.device_ids_length = count;
  }
  druva_pages *pages;
  druva_error *error;
  druva_result result;
  if (druva_insync_devices_list(client, &options, &pages, &error) != DRUVA_OK) {
    put_error(text, error);
    return;
  }
  size_t begin = text->length, count = 0;
  put(text, "\"ok\":{\"devices\":[");
  while ((result = druva_pages_next_item(pages, &device, &error)) == DRUVA_OK) {
    static const char *const texts[] = {"deviceName", "deviceStatus", "lastConnected"};
    static const char *const numbers[] = {"deviceID", "userID", "totalBackupDataInBytes"};
    bool inactive;
    put(text, "%s{\"raw\":", count++ > 0 ? "," : "");
    put_json(text, device);
    for (size_t at = 0; at < 3; at++) {
      int64_t number;
      put(text, ",\"%s\":", texts[at]);
      put_string(text, druva_json_string(druva_json_get(device, texts[at])));
      if (druva_json_int64(druva_json_get(device, numbers[at]), &number)) put(text, ",\"%s\":%lld", numbers[at], (long long)number);
      else put(text, ",\"%s\":null", numbers[at]);
    }
    if (druva_json_bool(druva_json_get(device, "deviceMarkedInactive"), &inactive))
      put(text, ",\"deviceMarkedInactive\":%s}", inactive ? "true" : "false");
    else put(text, ",\"deviceMarkedInactive\":null}");
  }
  put(text, "]}");
  if (result != DRUVA_DONE) {
    text->length = begin;
    put_error(text, error);
  }
  druva_pages_free(pages);
}

/* All that C can print of a client. */
static void put_description(text *text, const druva_client *client) {
  char description[4096] = "";
  druva_client_describe(client, description, sizeof description);
  put_string(text, description);
}

static void put_shown(text *text, const druva_json *request) {
  bool show = false;
  if (!druva_json_bool(druva_json_get(request, "show"), &show) || !show) return;
  put(text, ",\"shown\":");
  put_description(text, client_named(string(request, "client", "a"))->client);
}

/* --- clients -------------------------------------------------------------------------------------------------------- */

/* Gives the credential that stands in the file which userdata names. */
static void provide(void *userdata, druva_credential *credential) {
  char content[4096];
  druva_document *document;
  const druva_json *root;
  FILE *file = fopen(userdata, "r");
  size_t size;
  if (file == NULL) {
    druva_credential_fail(credential, "the file cannot be read");
    return;
  }
  size = fread(content, 1, sizeof content, file);
  fclose(file);
  if (druva_document_parse(content, size, &document, NULL) != DRUVA_OK) {
    druva_credential_fail(credential, "the file is not JSON");
    return;
  }
  root = druva_document_root(document);
  druva_credential_set(credential, string(root, "client_id", NULL), string(root, "client_secret", NULL));
  druva_document_free(document);
}

static druva_result open_client(const druva_json *request, druva_client **client, druva_error **error) {
  char *options = argument_text(request, "options");
  const char *path = string(request, "provide", NULL);
  druva_result result;
  if (path == NULL) result = druva_client_new_json(options, client, error);
  else result = druva_client_new_provided(options, provide, free, strdup(path), client, error);
  free(options);
  return result;
}

/* --- requests ------------------------------------------------------------------------------------------------------- */

static void run(text *answer, const druva_json *request) {
  const char *what = string(request, "do", "");
  struct named *named = client_named(string(request, "client", "a"));
  if (strcmp(what, "open") == 0) {
    druva_error *error;
    client_close(named);
    if (open_client(request, &named->client, &error) == DRUVA_OK) put(answer, "\"ok\":null");
    else put_error(answer, error);
  } else if (strcmp(what, "customer") == 0) {
    druva_error *error;
    druva_client *customer;
    const druva_client *provider = client_named(string(request, "of", "a"))->client;
    if (druva_client_customer(provider, string(request, "id", NULL), &customer, &error) == DRUVA_OK) {
      client_close(named);
      named->client = customer;
      put(answer, "\"ok\":null");
    } else {
      put_error(answer, error);
    }
  } else if (strcmp(what, "decode") == 0) {
    run_decode(answer, request);
  } else if (strcmp(what, "typed") == 0) {
    run_typed(answer, named->client, request);
  } else if (strcmp(what, "call") == 0) {
    run_call(answer, named->client, request);
  } else if (strcmp(what, "customers") == 0) {
    run_customers(answer, named->client, request);
  } else if (strcmp(what, "pages") == 0) {
    run_pages(answer, named->client, request);
  } else if (strcmp(what, "wait") == 0) {
    run_wait(answer, named->client, request);
  } else if (strcmp(what, "doctor") == 0) {
    run_doctor(answer, named->client);
  } else if (strcmp(what, "devices") == 0) {
    run_devices(answer, named->client, request);
  } else if (strcmp(what, "advance") == 0) {
    double seconds = 0;
    druva_json_double(druva_json_get(request, "seconds"), &seconds);
    if (druva_testing_advance_clock(named->client, seconds) != DRUVA_OK) abort();
    put(answer, "\"ok\":null");
  } else if (strcmp(what, "show") == 0) {
    put(answer, "\"ok\":{\"text\":");
    put_description(answer, named->client);
    put(answer, "}");
  } else if (strcmp(what, "close") == 0) {
    client_close(named);
    put(answer, "\"ok\":null");
  } else {
    put(answer, "\"unsupported\":");
    put_string(answer, what);
  }
}

int main(void) {
  char *line = NULL;
  size_t size = 0;
  ssize_t length;
  while ((length = getline(&line, &size, stdin)) > 0) {
    druva_document *request;
    text answer = {0};
    put(&answer, "{");
    if (druva_document_parse(line, (size_t)length, &request, NULL) != DRUVA_OK) abort();
    run(&answer, druva_document_root(request));
    put_shown(&answer, druva_document_root(request));
    put(&answer, "}");
    puts(answer.start);
    fflush(stdout);
    free(answer.start);
    druva_document_free(request);
  }
  free(line);
  for (size_t at = 0; at < sizeof clients / sizeof *clients; at++) client_close(&clients[at]);
  return 0;
}
