//! Certificates of every kind, made on the spot.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub(crate) type Issuer = CertifiedIssuer<'static, KeyPair>;

/// What a server or a client shows.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: KeyPair,
}

impl Identity {
    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }

    /// With the certificates that lead to the root.
    pub(crate) fn through(mut self, intermediates: &[&Issuer]) -> Identity {
        self.chain.extend(intermediates.iter().map(|issuer| issuer.der().clone()));
        self
    }
}

fn authority(name: &str, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    params
}

pub(crate) fn root(name: &str) -> Issuer {
    Issuer::self_signed(authority(name, |_| ()), KeyPair::generate().unwrap()).unwrap()
}

pub(crate) fn intermediate(root: &Issuer, change: impl FnOnce(&mut CertificateParams)) -> Issuer {
    Issuer::signed_by(authority("intermediate", change), KeyPair::generate().unwrap(), root).unwrap()
}

pub(crate) fn params(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    change(&mut params);
    params
}

pub(crate) fn with_key(issuer: &Issuer, params: &CertificateParams, key: KeyPair) -> Identity {
    let certificate = params.signed_by(&key, issuer).unwrap();
    Identity { chain: vec![certificate.der().clone()], key }
}

/// A server's certificate, as the change leaves it.
pub(crate) fn leaf(issuer: &Issuer, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
    with_key(issuer, &params(names, change), KeyPair::generate().unwrap())
}
