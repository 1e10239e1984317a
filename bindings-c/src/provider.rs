//! A program's own function that gives the credential.

use crate::boundary::{Outcome, optional_text, place, read, run, text};
use crate::client::druva_client;
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::Handle as _;
use druva::embed::Handle as Client;
use druva::{Error, Secret};
use std::ffi::{c_char, c_void};

/// Where a druva_credential_provider puts the credential: valid during its call alone.
pub struct druva_credential {
    _opaque: [u8; 0],
}

/// Gives the credential with druva_credential_set(), or the reason why there is none with druva_credential_fail(). It is
/// called on a thread of the SDK when the credential is first needed and when Druva has refused it, never twice at once
/// for one client. It may wait there, but must not make blocking calls of this library.
pub type druva_credential_provider =
    Option<unsafe extern "C" fn(userdata: *mut c_void, credential: *mut druva_credential)>;

/// What a provider has said so far.
struct Said(Option<Result<Secret, String>>);

/// A provider, told once that it is needed no more.
struct Provider {
    provide: druva_credential_provider,
    release: Option<unsafe extern "C" fn(*mut c_void)>,
    userdata: *mut c_void,
}

// SAFETY: the caller of druva_client_new_provided agrees that userdata is used on threads of the SDK.
unsafe impl Send for Provider {}
// SAFETY: as above; the core asks once at a time.
unsafe impl Sync for Provider {}

impl Provider {
    fn ask(&self) -> Result<Secret, String> {
        let provide = self.provide.ok_or("provide is NULL")?;
        let mut said = Said(None);
        // SAFETY: the function and its userdata are what the caller asked to be called with; `said` outlives the call.
        unsafe { provide(self.userdata, (&raw mut said).cast()) };
        said.0.unwrap_or_else(|| Err("it gave nothing".to_owned()))
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: as in `ask`; nothing calls the provider any more.
            unsafe { release(self.userdata) };
        }
    }
}

/// Makes a client as druva_client_new_json() does, whose credential `provide` gives instead of id and secret. `release`
/// is called once, when the client and its last call have ended, and on failure; it may be NULL. Fails with
/// DRUVA_CONFIG.
///
/// # Safety
/// `options` is NULL or NUL-terminated; `provide` and `release` may be called with `userdata` on any thread until
/// `release` has been; `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_client_new_provided(
    options: *const c_char,
    provide: druva_credential_provider,
    release: Option<unsafe extern "C" fn(userdata: *mut c_void)>,
    userdata: *mut c_void,
    out: *mut *mut druva_client,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            // Made before anything can fail: its end calls `release`.
            let provider = Provider { provide, release, userdata };
            provide.ok_or_else(|| Error::argument("provide is NULL"))?;
            let out = place(out, "out")?;
            let options = optional_text(options, "options")?.unwrap_or("{}");
            out.write(druva_client::give(Client::with_provider(options.as_bytes(), move || provider.ask())?));
            Ok(Outcome::Ok)
        })
    }
}

/// Gives a client id and its secret, or with a NULL `client_id` CloudRanger's API key. Both are copied.
///
/// # Safety
/// `credential` is what the provider was called with; the texts are NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_credential_set(
    credential: *mut druva_credential,
    client_id: *const c_char,
    client_secret: *const c_char,
) {
    // SAFETY: the caller's promises.
    let given = || unsafe {
        let (id, secret) = (optional_text(client_id, "client_id")?, text(client_secret, "client_secret")?);
        Ok(druva::embed::credential_json(id, secret))
    };
    // SAFETY: the caller's promise.
    unsafe { say(credential, given().map_err(|error: Error| error.message().to_owned())) };
}

/// Says why there is no credential: the words become those of the error. They are copied.
///
/// # Safety
/// `credential` is what the provider was called with; `message` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_credential_fail(credential: *mut druva_credential, message: *const c_char) {
    // SAFETY: the caller's promises.
    let words = unsafe { optional_text(message, "message") }.ok().flatten().unwrap_or("it failed");
    // SAFETY: the caller's promise.
    unsafe { say(credential, Err(words.to_owned())) };
}

unsafe fn say(credential: *mut druva_credential, said: Result<Secret, String>) {
    read((), || {
        if !credential.is_null() {
            // SAFETY: what the provider was called with points to a `Said` that outlives its call.
            unsafe { (*credential.cast::<Said>()).0 = Some(said) };
        }
    });
}
