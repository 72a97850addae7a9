//! Who may ask.

use serde_json::json;

use crate::app::{Served, agent, request};

#[test]
fn the_api_asks_for_the_token_and_refuses_other_pages_and_names() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let url = format!("{}/api/rpc/app_info", served.ui());
    let token = format!("Bearer {}", served.ready["token"].as_str().unwrap());
    let status = |headers: &[(&str, &str)]| {
        let request =
            headers.iter().fold(agent().post(&url), |request, (name, value)| request.header(*name, *value));
        request.send("{}").unwrap().status().as_u16()
    };
    assert_eq!(status(&[("authorization", &token)]), 200);
    assert_eq!(status(&[]), 401);
    assert_eq!(status(&[("authorization", "Bearer wrong")]), 401);
    assert_eq!(status(&[("authorization", &token), ("origin", "http://evil.example")]), 403);
    assert_eq!(status(&[("authorization", &token), ("host", "evil.example")]), 403);
}

#[test]
fn the_token_moves_from_the_address_into_a_cookie() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let once: ureq::Agent =
        ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into();
    let response = once.get(served.ready["url"].as_str().unwrap()).call().unwrap();
    assert_eq!(response.status().as_u16(), 303);
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
}

#[test]
fn the_ingest_listener_is_not_reached_under_another_name() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let (status, _) =
        served.post("/v1/traces", &[("host", "rebound.example:4318")], request(&[(1, 1)]).as_bytes());
    assert_eq!(status, 403);
    assert_eq!(served.call("app_info", &json!({}))["runs"], 0);
}

#[test]
fn only_loopback_addresses_are_bound() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [["serve", "--http", "0.0.0.0:0"], ["serve", "--ingest", "0.0.0.0:0"]] {
        let output = crate::app::run(dir.path(), &arguments);
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("loopback"), "{output:?}");
    }
}
