//! Why a connection was refused, in plain words, where trying again cannot help.

use rustls::{AlertDescription, CertificateError, Error as Tls};
use std::error::Error;
use std::io;

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    pub(crate) what: &'static str,
    pub(crate) advice: &'static str,
    /// The server's word on our certificate. In TLS 1.3 it may come after a request was written, which nobody has read.
    pub(crate) of_client: bool,
}

const CLOCK: &str = "Check this machine's clock; if it is right, the server needs a new certificate.";
const HOST: &str = "Check base_url: the host in it must be one that the certificate names.";
const AUTHORITY: &str = "If your company's proxy or gateway presents it, name its authority's PEM file in ca_file; \
    if the server leaves out an intermediate certificate, it has to send it.";
const ISSUER: &str = "The server needs a certificate that today's rules allow, from its authority.";
const CLIENT: &str = "Give a certificate that the server accepts in client_cert_file, and its key in client_key_file.";
const PROXY: &str = "Put the proxy's user name and password into its URL, in the option proxy or HTTPS_PROXY.";

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.what)
    }
}

impl Error for Refusal {}

impl Refusal {
    pub(crate) const OF_PROXY: Refusal =
        Refusal { what: "the proxy refused the credentials, or wants some (407)", advice: PROXY, of_client: false };

    pub(crate) const NO_AUTHORITIES: Refusal = Refusal {
        what: "this machine has no certificate authorities, so that no server can be trusted",
        advice: "Install the system's (the package ca-certificates), say where they are in SSL_CERT_FILE, or name a PEM file in ca_file.",
        of_client: false,
    };

    /// Looks for one among the causes of an error.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Option<Refusal> {
        let mut next = Some(error);
        while let Some(cause) = next {
            let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            if let Some(inner) = inner {
                // An I/O error does not count what it wraps as its source.
                return Refusal::of(inner);
            }
            if let Some(error) = cause.downcast_ref::<Tls>() {
                return Refusal::of_tls(error);
            }
            if let Some(refusal) = cause.downcast_ref::<Refusal>() {
                return Some(*refusal);
            }
            next = cause.source();
        }
        None
    }

    fn of_tls(error: &Tls) -> Option<Refusal> {
        use AlertDescription as Alert;
        let (what, advice) = match error {
            Tls::InvalidCertificate(error) => of_certificate(error),
            Tls::NoCertificatesPresented => ("the server shows no certificate", ISSUER),
            Tls::PeerIncompatible(_) | Tls::AlertReceived(Alert::ProtocolVersion | Alert::HandshakeFailure) => (
                "the server speaks neither TLS 1.2 nor TLS 1.3 with ciphers that are still safe",
                "Something old stands between here and Druva: check base_url and the proxy.",
            ),
            Tls::InvalidMessage(_) => (
                "what answers there does not speak TLS",
                "Check the port in base_url and the proxy: perhaps plain http listens there.",
            ),
            Tls::AlertReceived(
                Alert::CertificateRequired
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateUnknown
                | Alert::CertificateExpired
                | Alert::CertificateRevoked
                | Alert::UnknownCA,
            ) => ("the server wants a client certificate, or refused the one it got", CLIENT),
            _ => return None,
        };
        Some(Refusal { what, advice, of_client: advice == CLIENT })
    }
}

fn of_certificate(error: &CertificateError) -> (&'static str, &'static str) {
    use CertificateError as Bad;
    match error {
        Bad::Expired | Bad::ExpiredContext { .. } => ("a certificate of the server has expired", CLOCK),
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => ("a certificate of the server is not valid yet", CLOCK),
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
            ("the server's certificate is for another host", HOST)
        }
        Bad::UnknownIssuer => ("the server's certificate comes from no authority that this machine trusts", AUTHORITY),
        Bad::BadSignature => ("a signature by the server is wrong, or made with a key that is too small", ISSUER),
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
            ("the server's certificate is not meant for servers", ISSUER)
        }
        Bad::UnsupportedSignatureAlgorithmContext { .. }
        | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            ("a certificate of the server is signed in a way that is no longer safe", ISSUER)
        }
        Bad::Other(other) => match other.to_string() {
            text if text.contains("NameConstraintViolation") => {
                ("the server's certificate comes from an authority that may not speak for this host", ISSUER)
            }
            text if text.contains("EndEntityUsedAsCa") => {
                ("the server's certificate is signed by a certificate that is no authority's", ISSUER)
            }
            text if text.contains("CaUsedAsEndEntity") => {
                ("the server uses an authority's certificate as its own", ISSUER)
            }
            _ => ("the server's certificate breaks the rules for certificates", ISSUER),
        },
        _ => ("the server's certificate breaks the rules for certificates", ISSUER),
    }
}
