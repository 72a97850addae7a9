//! Agreement, as the contract has it.

use engine::{
    Engine, Same,
    measures::{Measure, Reading, Scale},
};

use super::{Answer, reviewing::queue_id};
use crate::wire;

pub(crate) fn get_agreement(engine: &Engine, params: wire::GetAgreement) -> Answer<wire::Agreement> {
    let found = engine.agreement(queue_id(&params.queue_id)?, params.na_is_missing)?;
    let reviewer =
        |(id, name): (uuid::Uuid, String)| wire::AgreementReviewer { reviewer_id: id.to_string(), name };
    Ok(wire::Agreement {
        reviewers: found.reviewers.into_iter().map(reviewer).collect(),
        keys: found.keys.into_iter().map(key).collect(),
        unmeasured: found.unmeasured,
        fewest_items: wire::Count(engine::measures::FEWEST_ITEMS as u64),
    })
}

fn count(count: usize) -> wire::Count {
    wire::Count(count as u64)
}

fn key(one: engine::KeyAgreement) -> wire::KeyAgreement {
    let named = |(name, measure): (engine::measures::Name, Measure)| wire::NamedMeasure {
        name: name.title().to_owned(),
        measure: measured(measure),
    };
    let report = &one.report;
    wire::KeyAgreement {
        items: count(report.items),
        answers: count(report.answers),
        too_few: report.too_few,
        percent: measured(report.percent),
        alpha: measured(report.alpha),
        scale: match report.scale {
            Scale::Nominal => wire::AgreementScale::Nominal,
            Scale::Ordinal => wire::AgreementScale::Ordinal,
            Scale::Interval => wire::AgreementScale::Interval,
            Scale::Ratio => wire::AgreementScale::Ratio,
        },
        low: report.alpha_interval.map(|(low, _)| wire::Score(low)),
        high: report.alpha_interval.map(|(_, high)| wire::Score(high)),
        reading: report.reading.map(|reading| match reading {
            Reading::Reliable => wire::Reading::Reliable,
            Reading::Tentative => wire::Reading::Tentative,
            Reading::Unreliable => wire::Reading::Unreliable,
        }),
        measures: report.measures().into_iter().map(named).collect(),
        masi: one.masi.map(measured),
        matrices: one.matrices.into_iter().map(matrix).collect(),
        reviewers: one.reviewers.into_iter().map(reviewer).collect(),
        key: one.key,
        label: one.label,
        categories: one.categories,
    }
}

fn measured(measure: Measure) -> wire::Measured {
    match measure {
        Measure::Number(number) => wire::Measured::Number { value: wire::Score(number) },
        Measure::NoVariation => wire::Measured::NoVariation {},
        Measure::NoPairs => wire::Measured::NoPairs {},
    }
}

fn matrix(matrix: engine::Matrix) -> wire::ConfusionMatrix {
    wire::ConfusionMatrix {
        row_reviewer_id: matrix.one.to_string(),
        column_reviewer_id: matrix.other.to_string(),
        counts: matrix.counts.into_iter().map(|row| row.into_iter().map(wire::Count).collect()).collect(),
    }
}

fn same(same: Same) -> wire::SameShare {
    let interval = same.interval();
    wire::SameShare {
        equal: wire::Count(same.equal),
        all: wire::Count(same.all),
        low: interval.map(|(low, _)| wire::Score(low)),
        high: interval.map(|(_, high)| wire::Score(high)),
    }
}

fn reviewer(one: engine::ReviewerAgreement) -> wire::ReviewerAgreement {
    wire::ReviewerAgreement {
        reviewer_id: one.reviewer.to_string(),
        others: same(one.others),
        decisions: same(one.decisions),
        again: same(one.again),
        again_kappa: one.again_kappa.map(measured),
    }
}
