//! TLS: whom to trust and who we are.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::transport::refusal::Refusal;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// The TLS settings of a client: the system's authorities and those of `ca_file`, and a client certificate if given.
pub(crate) fn client_config(config: &Config) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::debug!(%error, "a certificate authority of the system cannot be read");
    }
    roots.add_parsable_certificates(system.certs);
    if let Some(path) = &config.ca_file {
        let (added, ignored) = roots.add_parsable_certificates(certificates("ca_file", path)?);
        if added == 0 || ignored > 0 {
            return Err(Error::config(format!(
                "ca_file {} holds something that is no certificate authority",
                path.display()
            )));
        }
    }
    if roots.is_empty() {
        return Err(Error::config(Refusal::NO_AUTHORITIES.what).hint(Refusal::NO_AUTHORITIES.advice));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::internal(error.to_string()))?
        .with_root_certificates(roots);
    let mut tls = match (&config.client_cert_file, &config.client_key_file) {
        (None, None) => builder.with_no_client_auth(),
        (Some(chain), Some(key)) => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| {
                Error::config(format!("cannot read a private key from client_key_file {}: {error}", key.display()))
            })?;
            builder
                .with_client_auth_cert(certificates("client_cert_file", chain)?, key)
                .map_err(|error| Error::config(format!("the client certificate and its key do not fit: {error}")))?
        }
        _ => return Err(Error::config("client_cert_file and client_key_file belong together")),
    };
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(tls))
}

fn certificates(option: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let failed = |error| Error::config(format!("cannot read certificates from {option} {}: {error}", path.display()));
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).map_err(failed)?.collect::<std::result::Result<_, _>>().map_err(failed)?;
    if certificates.is_empty() {
        return Err(Error::config(format!("{option} {} holds no certificate", path.display())));
    }
    Ok(certificates)
}
