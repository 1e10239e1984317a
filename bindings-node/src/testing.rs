//! The emulator, for `druva/testing`.

use napi::{Error, Result, Status};
use napi_derive::napi;

/// An emulator on loopback, with a thread of its own. Dropping it stops it.
#[napi]
pub struct Emulator {
    emulator: Option<druva_emulator::Emulator>,
}

#[napi]
impl Emulator {
    /// Starts one from a JSON object of settings.
    #[napi(factory, catch_unwind)]
    pub fn start(options: String) -> Result<Emulator> {
        let options = druva_emulator::Options::from_json(&options).map_err(invalid)?;
        let emulator =
            druva_emulator::Emulator::start(options).map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Emulator { emulator: Some(emulator) })
    }

    /// Scheme, host and port.
    #[napi(getter, catch_unwind)]
    pub fn url(&self) -> Result<String> {
        Ok(self.running()?.url())
    }

    /// The id that it accepts.
    #[napi(getter, catch_unwind)]
    pub fn client_id(&self) -> Result<String> {
        Ok(self.running()?.client_id())
    }

    /// The secret that it accepts at present.
    #[napi(getter, catch_unwind)]
    pub fn client_secret(&self) -> Result<String> {
        Ok(self.running()?.client_secret())
    }

    /// The API key that it accepts at present, on CloudRanger.
    #[napi(getter, catch_unwind)]
    pub fn api_key(&self) -> Result<String> {
        Ok(self.running()?.api_key())
    }

    /// Carries out a command given as JSON and answers with JSON.
    #[napi(catch_unwind)]
    pub fn control(&self, command: String) -> Result<String> {
        self.running()?.control(&command).map_err(invalid)
    }

    /// Stops it; a second time does nothing.
    #[napi(catch_unwind)]
    pub fn stop(&mut self) {
        self.emulator = None;
    }

    fn running(&self) -> Result<&druva_emulator::Emulator> {
        self.emulator.as_ref().ok_or_else(|| Error::from_reason("the emulator has been stopped"))
    }
}

/// What was asked of the emulator makes no sense: an error of the test's, not one of Druva's or of the SDK's.
fn invalid(why: String) -> Error {
    Error::new(Status::InvalidArg, why)
}
