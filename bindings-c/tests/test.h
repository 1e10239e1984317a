/* What the tests share: checks that say where they fail, and an emulator with a client on it. */
#ifndef DRUVA_TEST_H
#define DRUVA_TEST_H

#include <druva/insync.h>
#include <druva/platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1); \
    } \
  } while (0)

/* Checks that a call succeeds; says why when it does not. */
#define OK(call) \
  do { \
    druva_error *error = NULL; \
    druva_result result_ = (call); \
    if (result_ != DRUVA_OK) { \
      fprintf(stderr, "%s:%d: %s: %d %s\n", __FILE__, __LINE__, #call, (int)result_, druva_error_message(error)); \
      exit(1); \
    } \
  } while (0)

#define EQUAL_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, actual, expected)

static inline void check_text(const char *file, int line, const char *what, const char *actual, const char *expected) {
  if (actual == NULL || strcmp(actual, expected) != 0) {
    fprintf(stderr, "%s:%d: %s is %s, not %s\n", file, line, what, actual ? actual : "NULL", expected);
    exit(1);
  }
}

typedef struct fixture {
  druva_testing_emulator *emulator;
  druva_client *client;
} fixture;

/* An emulator with 100 devices, 40 to a page, and a client on it. */
fixture setup(void);
void teardown(fixture fixture);

/* Gives the emulator a command. */
void control(fixture fixture, const char *command);

/* A number from the emulator's log. */
int64_t logged(fixture fixture, const char *name);

/* The number of requests of an operation in the emulator's log. */
size_t requests(fixture fixture, const char *operation);

/* A live handle of each kind. */
typedef struct live {
  druva_cancel *cancel;
  druva_client *client;
  druva_document *document;
  druva_error *error;
  druva_pages *pages;
  druva_response *response;
  druva_testing_emulator *testing_emulator;
} live;

/* Gives a bad handle to every function that takes one, but not to those of its own kind. */
void refuse_handle(void *bad, const char *own);

/* Gives NULL to every function, in the place of each argument that must not be. */
void refuse_null(const live *live);

/* This program, and what it does when its argument says how to end in the middle of calls. */
extern const char *program;
int end_program(const char *how);

void test_calls(void);
void test_cancel(void);
void test_customers(void);
void test_errors(void);
void test_exits(void);
void test_handles(void);
void test_json(void);
void test_memory(void);
void test_pages(void);
void test_submit(void);
void test_typed(void);
void test_wait(void);

#endif
