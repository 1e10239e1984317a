//! What several tests begin with.

use druva::{Builder, Client};
use druva_emulator::Emulator;

/// A client of this emulator, to be built.
pub(crate) fn client(emulator: &Emulator) -> Builder {
    Client::builder().client_id(emulator.client_id()).client_secret(emulator.client_secret()).base_url(emulator.url())
}
