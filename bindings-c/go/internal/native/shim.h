// What cgo needs beyond druva.h: numbers instead of pointers for userdata, and answers that fit into one call.

#ifndef DRUVA_GO_SHIM_H
#define DRUVA_GO_SHIM_H

#include <stdint.h>

#include <druva.h>

typedef struct shim_response {
    int status;
    uint32_t attempts;
    double elapsed;
    const char *body;
    size_t length;
} shim_response;

druva_result shim_client_new_provided(const char *options, uintptr_t userdata, druva_client **out, druva_error **error);
druva_result shim_call(const druva_client *client, const char *operation, const char *arguments, double timeout,
                       const druva_cancel *cancel, druva_response **out, druva_error **error);
druva_result shim_submit(const druva_client *client, const char *operation, const char *arguments, double timeout,
                         const druva_cancel *cancel, uintptr_t userdata, druva_error **error);
druva_result shim_submit_wait(const druva_client *client, const char *operation, const char *arguments, double interval,
                              double timeout, const druva_cancel *cancel, uintptr_t userdata, druva_error **error);
druva_result shim_submit_next(const druva_pages *pages, uintptr_t userdata, druva_error **error);
druva_result shim_pages_new(const druva_client *client, const char *operation, const char *arguments, double timeout,
                            const druva_cancel *cancel, druva_pages **out, druva_error **error);
shim_response shim_read(const druva_response *response);

#endif
