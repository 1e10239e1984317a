#include "shim.h"

#include "_cgo_export.h"

static void done(void *userdata, druva_response *response, druva_error *error)
{
    druvaGoDone((uintptr_t)userdata, response, error);
}

static void provide(void *userdata, druva_credential *credential)
{
    druvaGoProvide((uintptr_t)userdata, credential);
}

static void release(void *userdata)
{
    druvaGoRelease((uintptr_t)userdata);
}

druva_result shim_client_new_provided(const char *options, uintptr_t userdata, druva_client **out, druva_error **error)
{
    return druva_client_new_provided(options, provide, release, (void *)userdata, out, error);
}

druva_result shim_call(const druva_client *client, const char *operation, const char *arguments, double timeout,
                       const druva_cancel *cancel, druva_response **out, druva_error **error)
{
    const druva_call_options *options = DRUVA_WITH(druva_call_options, .timeout = timeout, .cancel = cancel);
    return druva_call(client, operation, arguments, options, out, error);
}

druva_result shim_submit(const druva_client *client, const char *operation, const char *arguments, double timeout,
                         const druva_cancel *cancel, uintptr_t userdata, druva_error **error)
{
    const druva_call_options *options = DRUVA_WITH(druva_call_options, .timeout = timeout, .cancel = cancel);
    return druva_submit(client, operation, arguments, options, done, (void *)userdata, error);
}

static void progress(void *userdata, const char *state)
{
    druvaGoProgress((uintptr_t)userdata, (char *)state);
}

druva_result shim_submit_wait(const druva_client *client, const char *operation, const char *arguments, double interval,
                              double timeout, const druva_cancel *cancel, uintptr_t userdata, druva_error **error)
{
    const druva_wait_options *options =
        DRUVA_WITH(druva_wait_options, .interval = interval, .timeout = timeout, .cancel = cancel, .progress = progress,
                   .userdata = (void *)userdata);
    return druva_submit_wait(client, operation, arguments, options, done, (void *)userdata, error);
}

druva_result shim_submit_next(const druva_pages *pages, uintptr_t userdata, druva_error **error)
{
    return druva_pages_submit_next(pages, done, (void *)userdata, error);
}

druva_result shim_pages_new(const druva_client *client, const char *operation, const char *arguments, double timeout,
                            const druva_cancel *cancel, druva_pages **out, druva_error **error)
{
    const druva_call_options *options = DRUVA_WITH(druva_call_options, .timeout = timeout, .cancel = cancel);
    return druva_pages_new(client, operation, arguments, options, out, error);
}

shim_response shim_read(const druva_response *response)
{
    shim_response read = {
        .status = druva_response_status(response),
        .attempts = druva_response_attempts(response),
        .elapsed = druva_response_elapsed(response),
    };
    read.body = druva_response_body(response, &read.length);
    return read;
}
