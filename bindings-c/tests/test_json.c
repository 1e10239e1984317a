/* JSON: look-ups that can be chained, and lenient reading. */
#include "test.h"

static const char text[] =
    "{\"text\": \"a\\u00e9b\", \"digits\": \" 12 \", \"number\": 12, \"big\": 9007199254740993, \"fraction\": 1.5, \"yes\": true,"
    " \"said\": \"false\", \"nothing\": null, \"list\": [1, \"2\", null, {\"deep\": \"x\"}], \"text2\": \"a\\u0000b\"}";

void test_json(void) {
  druva_document *document;
  OK(druva_document_parse(text, sizeof text - 1, &document, &error));
  const druva_json *root = druva_document_root(document);
  EQUAL_TEXT(druva_document_text(document), text);

  CHECK(druva_json_get_type(root) == DRUVA_JSON_OBJECT);
  CHECK(druva_json_get_type(druva_json_get(root, "text")) == DRUVA_JSON_STRING);
  CHECK(druva_json_get_type(druva_json_get(root, "number")) == DRUVA_JSON_NUMBER);
  CHECK(druva_json_get_type(druva_json_get(root, "yes")) == DRUVA_JSON_BOOLEAN);
  CHECK(druva_json_get_type(druva_json_get(root, "nothing")) == DRUVA_JSON_NULL);
  CHECK(druva_json_get_type(druva_json_get(root, "list")) == DRUVA_JSON_ARRAY);
  CHECK(druva_json_get_type(druva_json_get(root, "absent")) == DRUVA_JSON_ABSENT);

  EQUAL_TEXT(druva_json_string(druva_json_get(root, "text")), "a\xc3\xa9"
                                                              "b");
  EQUAL_TEXT(druva_json_string(druva_json_get(root, "number")), "12");
  EQUAL_TEXT(druva_json_string(druva_json_get(root, "big")), "9007199254740993");
  EQUAL_TEXT(druva_json_string(druva_json_get(root, "yes")), "true");
  EQUAL_TEXT(druva_json_string(druva_json_get(root, "text2")), "a\xef\xbf\xbd"
                                                               "b");
  CHECK(druva_json_string(druva_json_get(root, "nothing")) == NULL);
  CHECK(druva_json_string(druva_json_get(root, "list")) == NULL);

  int64_t whole = -1;
  double number = -1;
  bool truth = true;
  CHECK(druva_json_int64(druva_json_get(root, "digits"), &whole) && whole == 12);
  CHECK(druva_json_int64(druva_json_get(root, "big"), &whole) && whole == 9007199254740993);
  CHECK(!druva_json_int64(druva_json_get(root, "fraction"), &whole) && whole == 9007199254740993);
  CHECK(druva_json_double(druva_json_get(root, "fraction"), &number) && number > 1.4 && number < 1.6);
  CHECK(druva_json_bool(druva_json_get(root, "said"), &truth) && !truth);
  CHECK(!druva_json_bool(druva_json_get(root, "nothing"), &truth) && !truth);
  CHECK(!druva_json_int64(NULL, &whole) && !druva_json_double(NULL, &number) && !druva_json_bool(NULL, &truth));

  const druva_json *list = druva_json_get(root, "list");
  CHECK(druva_json_length(list) == 4 && druva_json_length(NULL) == 0);
  EQUAL_TEXT(druva_json_string(druva_json_get(druva_json_at(list, 3), "deep")), "x");
  CHECK(druva_json_at(list, 4) == NULL && druva_json_at(NULL, 0) == NULL);
  CHECK(druva_json_get(druva_json_get(druva_json_get(root, "no"), "such"), "path") == NULL);

  CHECK(druva_json_length(root) == 10);
  EQUAL_TEXT(druva_json_name(root, 0), "text");
  EQUAL_TEXT(druva_json_name(root, 9), "text2");
  CHECK(druva_json_name(root, 10) == NULL && druva_json_name(list, 0) == NULL);

  char buffer[8];
  CHECK(druva_json_write(list, NULL, 0) == strlen("[1,\"2\",null,{\"deep\":\"x\"}]"));
  CHECK(druva_json_write(list, buffer, sizeof buffer) > sizeof buffer);
  EQUAL_TEXT(buffer, "[1,\"2\",");

  druva_document *none = NULL;
  CHECK(druva_document_parse("{", 1, &none, NULL) == DRUVA_ARGUMENT && none == NULL);
  CHECK(druva_document_free(document) == DRUVA_OK);
}
