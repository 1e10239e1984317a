/* The C clients: `client PEER SHAPE CALLS WIDTH WARMUP`, the server's URL in BENCH_URL. Every answer is looked at. */
#define _GNU_SOURCE
#ifdef WITH_CURL
#include <curl/curl.h>
#endif
#include <druva/insync.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define PAGE_DEVICES 4097
#define BEARER "Authorization: Bearer bench-access-token-0123456789abcdef0123456789abcdef"

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(EXIT_FAILURE);
}

/* --- libdruva ------------------------------------------------------------------------------------------------------- */

static druva_client *client;
static druva_error *error;

static void check(druva_result result) {
  if (result != DRUVA_OK) fail(druva_error_message(error));
}

static void is_the_device(druva_response *response) {
  const druva_json *device;
  int64_t id;
  check(druva_response_json(response, &device, &error));
  if (!druva_json_int64(druva_json_get(device, "deviceID"), &id) || id != 7) fail("not the device");
  druva_response_free(response);
}

static void druva_one_by_one(long calls) {
  while (calls-- > 0) {
    druva_response *response;
    check(druva_insync_devices_get(client, 7, NULL, &response, &error));
    is_the_device(response);
  }
}

/* What the workers' callbacks share: each answer starts the next call. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  long to_start, under_way;
} state = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void answered(void *unused, druva_response *response, druva_error *failure) {
  (void)unused;
  if (failure != NULL) fail(druva_error_message(failure));
  is_the_device(response);
  pthread_mutex_lock(&state.lock);
  bool another = state.to_start > 0;
  if (another) --state.to_start;
  else if (--state.under_way == 0) pthread_cond_signal(&state.changed);
  pthread_mutex_unlock(&state.lock);
  if (another) check(druva_submit(client, "insync.devices.get", "{\"deviceID\":7}", NULL, answered, NULL, &error));
}

static void druva_at_once(long calls, long width) {
  if (calls < width) return;
  state.to_start = calls - width;
  state.under_way = width;
  for (long at = 0; at < width; at++)
    check(druva_submit(client, "insync.devices.get", "{\"deviceID\":7}", NULL, answered, NULL, &error));
  pthread_mutex_lock(&state.lock);
  while (state.under_way > 0) pthread_cond_wait(&state.changed, &state.lock);
  pthread_mutex_unlock(&state.lock);
}

/* The devices of a list of so many pages. */
static void druva_list(long pages) {
  druva_pages *list;
  const druva_json *device;
  druva_result result;
  long seen = 0;
  check(druva_insync_devices_list(client, DRUVA_WITH(druva_insync_devices_list_options, .user_id = DRUVA_INT64(pages)), &list, &error));
  while ((result = druva_pages_next_item(list, &device, &error)) == DRUVA_OK) {
    int64_t id;
    seen += druva_json_int64(druva_json_get(device, "deviceID"), &id);
  }
  if (result != DRUVA_DONE) check(result);
  if (seen != pages * PAGE_DEVICES) fail("not all devices");
  druva_pages_free(list);
}

static druva_response *druva_page(long page, long pages) {
  char arguments[64];
  druva_response *response;
  if (page == 1) snprintf(arguments, sizeof arguments, "{\"userID\":%ld}", pages);
  else snprintf(arguments, sizeof arguments, "{\"pageToken\":\"%03ld-%03ld\"}", pages, page);
  check(druva_call(client, "insync.devices.list", arguments, NULL, &response, &error));
  return response;
}

/* The two halves of a list: so many pages as bytes alone, or one page's bytes read again and again. */
static void druva_fetch(long pages) {
  for (long page = 1; page <= pages; page++) {
    druva_response *response = druva_page(page, pages);
    size_t length;
    druva_response_body(response, &length);
    if (length < 1000000) fail("not a page");
    druva_response_free(response);
  }
}

static void druva_decode(long pages) {
  druva_response *response = druva_page(1, 1);
  size_t length;
  const char *body = druva_response_body(response, &length);
  while (pages-- > 0) {
    druva_document *document;
    check(druva_document_parse(body, length, &document, &error));
    const druva_json *devices = druva_json_get(druva_document_root(document), "devices");
    long seen = 0;
    int64_t id;
    while (druva_json_int64(druva_json_get(druva_json_at(devices, (size_t)seen), "deviceID"), &id)) seen++;
    if (seen != PAGE_DEVICES) fail("not all devices");
    druva_document_free(document);
  }
  druva_response_free(response);
}

/* --- libcurl -------------------------------------------------------------------------------------------------------- */

#ifdef WITH_CURL
static char url[256];
static struct curl_slist *headers;

typedef struct answer {
  size_t length;
  char text[1024];
} answer;

static size_t keep(char *data, size_t one, size_t length, void *of) {
  answer *answer = of;
  (void)one;
  if (answer->length + length > sizeof answer->text) return 0;
  memcpy(answer->text + answer->length, data, length);
  answer->length += length;
  return length;
}

static CURL *easy(answer *answer) {
  CURL *curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
  curl_easy_setopt(curl, CURLOPT_PRIVATE, answer);
  return curl;
}

static void was_the_device(CURL *curl, answer *answer) {
  long status;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 || answer->length != 221) fail("not the device");
  answer->length = 0;
}

static void curl_one_by_one(long calls) {
  static answer answer;
  static CURL *curl;
  if (curl == NULL) curl = easy(&answer);
  while (calls-- > 0) {
    if (curl_easy_perform(curl) != CURLE_OK) fail("curl_easy_perform");
    was_the_device(curl, &answer);
  }
}

static void curl_at_once(long calls, long width) {
  static CURLM *multi;
  static CURL *curls[64];
  static answer answers[64];
  if (calls < width) return;
  if (width > 64) fail("at most 64 at once");
  if (multi == NULL) multi = curl_multi_init();
  long to_start = calls - width, under_way = width;
  for (long at = 0; at < width; at++) {
    if (curls[at] == NULL) curls[at] = easy(&answers[at]);
    curl_multi_add_handle(multi, curls[at]);
  }
  while (under_way > 0) {
    int running, left;
    if (curl_multi_perform(multi, &running) != CURLM_OK) fail("curl_multi_perform");
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
      CURL *curl = message->easy_handle;
      answer *answer;
      if (message->msg != CURLMSG_DONE || message->data.result != CURLE_OK) fail("curl_multi");
      curl_easy_getinfo(curl, CURLINFO_PRIVATE, &answer);
      was_the_device(curl, answer);
      curl_multi_remove_handle(multi, curl);
      if (to_start > 0) {
        --to_start;
        curl_multi_add_handle(multi, curl);
      } else {
        --under_way;
      }
    }
    if (under_way > 0 && curl_multi_poll(multi, NULL, 0, 1000, NULL) != CURLM_OK) fail("curl_multi_poll");
  }
}

#endif

/* --- measuring ------------------------------------------------------------------------------------------------------ */

static long microseconds(struct timeval time) { return time.tv_sec * 1000000 + time.tv_usec; }

/* VmRSS: what is held now; VmHWM: the most that was ever held. The peak that getrusage tells is that of the program before
 * exec as well. */
static long memory_kb(const char *name) {
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  if (status == NULL) fail("/proc/self/status");
  while (fgets(line, sizeof line, status) != NULL && strncmp(line, name, strlen(name)) != 0) continue;
  fclose(status);
  return atol(line + strlen(name) + 1);
}

/* Of a shape list-N the N; 0 of others. */
static long list_pages(const char *shape) { return strncmp(shape, "list-", 5) == 0 ? atol(shape + 5) : 0; }

static void run(const char *peer, const char *shape, long calls, long width) {
  if (strcmp(peer, "druva-c") == 0) {
    long pages = list_pages(shape);
    if (pages > 0)
      for (long left = calls / pages; left > 0; left--) druva_list(pages);
    else if (strcmp(shape, "fetch") == 0) druva_fetch(calls);
    else if (strcmp(shape, "decode") == 0) druva_decode(calls);
    else width == 1 ? druva_one_by_one(calls) : druva_at_once(calls, width);
  }
#ifdef WITH_CURL
  else if (strcmp(peer, "libcurl-easy") == 0) curl_one_by_one(calls);
  else if (strcmp(peer, "libcurl-multi") == 0) curl_at_once(calls, width);
#endif
  else fail("no such peer");
}

int main(int count, char **given) {
  const char *base = getenv("BENCH_URL");
  if (count != 6 || base == NULL) fail("client PEER SHAPE CALLS WIDTH WARMUP");
  long calls = atol(given[3]), width = atol(given[4]), warmup = atol(given[5]);
#ifdef WITH_CURL
  snprintf(url, sizeof url, "%s/insync/endpoints/v2/devices/7", base);
  headers = curl_slist_append(NULL, BEARER);
#endif
  if (strncmp(given[1], "druva", 5) == 0)
    check(druva_client_new(DRUVA_WITH(druva_options, .client_id = "bench", .client_secret = "bench-secret", .base_url = base), &client, &error));
  if (list_pages(given[2]) > 0) {
    /* What a list needs is loaded before its memory is looked at: a device, and a list of none. */
    druva_one_by_one(1);
    druva_list(0);
  }
  long idle = memory_kb("VmRSS");
  run(given[1], given[2], warmup, width);
  struct rusage before, after;
  struct timespec begun, ended;
  getrusage(RUSAGE_SELF, &before);
  clock_gettime(CLOCK_MONOTONIC, &begun);
  run(given[1], given[2], calls, width);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  getrusage(RUSAGE_SELF, &after);
  printf("{\"name\":\"%s\",\"calls\":%ld,\"wall_ns\":%" PRId64 ",\"cpu_us\":%ld,\"memory_kb\":%ld}\n", given[1], calls,
         (int64_t)(ended.tv_sec - begun.tv_sec) * 1000000000 + (ended.tv_nsec - begun.tv_nsec),
         microseconds(after.ru_utime) - microseconds(before.ru_utime) + microseconds(after.ru_stime) - microseconds(before.ru_stime),
         memory_kb("VmHWM") - idle);
  return 0;
}
