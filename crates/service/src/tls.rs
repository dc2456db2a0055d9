//! Who may connect: TLS 1.3 with an enrolled certificate, and nothing else.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::HEXLOWER;
use renketsu_site::Leaf;
use renketsu_store::Store;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    ServerConfig, SignatureScheme,
};
use sha2::{Digest as _, Sha256};

use crate::desk::Clock;

/// HTTP/1.1 only: there is one way to read a request, and its time limits are plain.
const ALPN: &[u8] = b"http/1.1";

pub(crate) fn certificate_sha256(der: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(der))
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[derive(Debug)]
struct Time(Clock);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            seconds,
        )))
    }
}

/// Accepts certificates that are enrolled and not revoked, within their validity, for client authentication.
struct Enrolled {
    store: Mutex<Store>,
    provider: Arc<CryptoProvider>,
}

impl fmt::Debug for Enrolled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Enrolled")
    }
}

impl ClientCertVerifier for Enrolled {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let known = store
            .check_table("service_certificates")
            .and_then(|()| store.certificate(&certificate_sha256(end_entity)))
            .map_err(|_| Error::General("the state cannot be read".to_owned()))?;
        let known = known
            .filter(|known| known.revoked_at.is_none() && known.certificate == end_entity.as_ref());
        if known.is_none() {
            return Err(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        }
        // A certificate that signed itself is its own anchor: what is left to look at is its validity and its purpose.
        let mut anchor = RootCertStore::empty();
        anchor.add(end_entity.clone().into_owned())?;
        WebPkiClientVerifier::builder_with_provider(Arc::new(anchor), Arc::clone(&self.provider))
            .build()
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?
            .verify_client_cert(end_entity, &[], now)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn private(key: &[u8]) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.to_vec()).into()
}

/// The server's side. `store` is a handle of its own.
pub(crate) fn server(store: Store, leaf: &Leaf, clock: &Clock) -> Result<ServerConfig, Error> {
    let provider = provider();
    let verifier = Enrolled {
        store: Mutex::new(store),
        provider: Arc::clone(&provider),
    };
    let time = Arc::new(Time(clock.clone()));
    let mut config = ServerConfig::builder_with_details(provider, time)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(
            vec![CertificateDer::from(leaf.certificate.clone())],
            private(&leaf.key),
        )?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    // A resumed session would skip the look at the certificate.
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// The producer's side: it believes `root` alone.
pub(crate) fn client(
    root: &[u8],
    certificate: &[u8],
    key: &[u8],
    clock: &Clock,
) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec()))?;
    let time = Arc::new(Time(clock.clone()));
    let mut config = ClientConfig::builder_with_details(provider(), time)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![CertificateDer::from(certificate.to_vec())],
            private(key),
        )?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}
