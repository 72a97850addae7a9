//! Sending on over TLS: to whom the system's certificates vouch for, and to nobody else.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, Stream,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::json;

use crate::{
    app::{Served, eventually, request},
    forwarding::{forward, runs, state},
};

/// A server's certificate with its key, and the authority that vouches for it as PEM.
struct Certified {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    authority: String,
}

fn certified(name: &str) -> Certified {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    Certified {
        chain: vec![certificate.der().clone()],
        key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        authority: authority_certificate.pem(),
    }
}

/// The bytes of one request.
fn read_request(reader: &mut impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let length = reader.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..length]);
        let Some(head) = request.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
        let body = text
            .split("content-length:")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .trim()
            .parse::<usize>()
            .unwrap();
        if request.len() >= head + 4 + body {
            return Ok(request);
        }
    }
}

/// Takes the TLS off what comes to an address that it answers, and hands it to `target`, one request a connection.
fn terminate(certified: &Certified, target: &str) -> String {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certified.chain.clone(), certified.key.clone_key())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let target = target.trim_start_matches("http://").to_owned();
    let connect = move |mut socket: TcpStream| -> std::io::Result<()> {
        let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = Stream::new(&mut connection, &mut socket);
        let request = read_request(&mut stream)?;
        let head = request.windows(2).position(|window| window == b"\r\n").unwrap();
        let mut behind = TcpStream::connect(&target)?;
        behind.write_all(&request[..head])?;
        behind.write_all(b"\r\nconnection: close")?;
        behind.write_all(&request[head..])?;
        let mut answer = Vec::new();
        behind.read_to_end(&mut answer)?;
        stream.write_all(&answer)?;
        connection.send_close_notify();
        connection.complete_io(&mut socket)?;
        Ok(())
    };
    let serve = move || {
        for socket in listener.incoming() {
            // A client that trusts nobody breaks off.
            let _ = connect(socket.unwrap());
        }
    };
    std::thread::Builder::new().name("tls in front".to_owned()).spawn(serve).unwrap();
    format!("https://localhost:{port}")
}

fn start_trusting(library: &Path, authority: &str) -> Served {
    let file = library.join("authority.pem");
    std::fs::write(&file, authority).unwrap();
    Served::start_in(library, &[("SSL_CERT_FILE", file.to_str().unwrap()), ("SSL_CERT_DIR", "")])
}

#[test]
fn what_is_sent_over_tls_arrives_where_the_authority_is_trusted() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = Served::start(there.path(), &[]);
    let certified = certified("localhost");
    let url = terminate(&certified, target.ingest());
    let served = start_trusting(here.path(), &certified.authority);
    forward(&served, &json!({ "forward": { "url": url, "protocol": "otlp" } }));
    assert_eq!(
        served.post("/v1/traces", &[("content-type", "application/json")], request(&[(1, 1)]).as_bytes()).0,
        200
    );
    eventually("it arrives", || (runs(&target) == 1 && state(&served)["waiting"] == 0).then_some(()));
    assert_eq!((state(&served)["failed"].clone(), state(&served)["sent"].clone()), (json!(0), json!(1)));
}

#[test]
fn nothing_is_sent_to_whom_nobody_trusted_vouches_for() {
    for (name, is_trusted) in [("localhost", false), ("somebody-else.example", true)] {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = Served::start(there.path(), &[]);
        let server = certified(name);
        let url = terminate(&server, target.ingest());
        let authority = if is_trusted { server.authority } else { certified("localhost").authority };
        let served = start_trusting(here.path(), &authority);
        forward(&served, &json!({ "forward": { "url": url, "protocol": "otlp" } }));
        served.post("/v1/traces", &[("content-type", "application/json")], request(&[(1, 1)]).as_bytes());
        let told =
            eventually("it is told", || Some(state(&served)).filter(|state| state["last_error"].is_string()));
        assert!(told["last_error"].as_str().unwrap().to_lowercase().contains("certificate"), "{told}");
        assert_eq!((&told["waiting"], runs(&target)), (&json!(1), 0));
    }
}
