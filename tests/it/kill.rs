//! The process is killed at random instants; what was acknowledged is there afterwards, once.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use crate::app::{Served, agent, request, run_json};

const KILLS: u64 = 50;
const SPANS_A_REQUEST: u32 = 20;

#[test]
fn nothing_acknowledged_is_lost_or_doubled_by_fifty_kills() {
    let dir = tempfile::tempdir().unwrap();
    let next = Arc::new(AtomicU32::new(1));
    let acknowledged: Arc<Mutex<BTreeSet<u32>>> = Arc::default();
    for kill in 0..KILLS {
        let mut served = Served::start(dir.path(), &[]);
        let stop = Arc::new(AtomicBool::new(false));
        let senders: Vec<_> = (0..3)
            .map(|_| {
                let url = format!("{}/v1/traces", served.ingest());
                let (next, acknowledged, stop) =
                    (Arc::clone(&next), Arc::clone(&acknowledged), Arc::clone(&stop));
                thread::Builder::new()
                    .spawn(move || {
                        let agent = agent();
                        while !stop.load(Ordering::Relaxed) {
                            let first = next.fetch_add(SPANS_A_REQUEST, Ordering::Relaxed);
                            let spans: Vec<_> =
                                (first..first + SPANS_A_REQUEST).map(|span| (span % 7 + 1, span)).collect();
                            match agent
                                .post(&url)
                                .header("content-type", "application/json")
                                .send(request(&spans))
                            {
                                Ok(response) if response.status().as_u16() == 200 => {
                                    acknowledged.lock().unwrap().extend(spans.iter().map(|(_, span)| *span));
                                }
                                Ok(_) => {}
                                Err(_) => return,
                            }
                        }
                    })
                    .unwrap()
            })
            .collect();
        // Instants that differ from kill to kill, without a clock deciding whether the test passes.
        thread::sleep(Duration::from_millis(60 + kill * 37 % 190));
        served.child.kill().unwrap();
        stop.store(true, Ordering::Relaxed);
        served.child.wait().unwrap();
        for sender in senders {
            sender.join().unwrap();
        }
    }
    let doctor = run_json(dir.path(), &["doctor"]);
    assert_eq!(doctor["problems"], serde_json::json!([]));
    let mut found = Vec::new();
    for trace in 1..=7 {
        let shown = run_json(dir.path(), &["show", "trace", &format!("{trace:032x}")]);
        let runs = shown["runs"].as_array().unwrap();
        found.extend(runs.iter().map(|run| {
            let id = run["id"].as_str().unwrap().replace('-', "");
            u32::from_str_radix(&id[24..], 16).unwrap()
        }));
    }
    let distinct: BTreeSet<u32> = found.iter().copied().collect();
    assert_eq!(distinct.len(), found.len(), "a run is there twice");
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.len() > 200, "only {} spans were acknowledged", acknowledged.len());
    let lost: Vec<_> = acknowledged.difference(&distinct).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged spans are lost", lost.len(), acknowledged.len());
    assert_eq!(
        doctor["runs"].as_u64().unwrap(),
        u64::try_from(found.len()).unwrap(),
        "the roll-up disagrees with the rows"
    );
}
