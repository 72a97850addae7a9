//! Tokens times price, greedily and the most specific class first (`langsmith-cost-feedback-queues.md` §6.5), beside what
//! the producer says that the run cost (`langsmith-data.md` D16).

use model::{Bill, Cost, CostByClass, CostClass, CostOrigin, GivenCost, TokenClass, TokenSide, Usage};

use crate::{Price, PriceEntry};

/// One line of the arithmetic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where the line is shown.
    pub class: CostClass,
    /// The class of tokens; absent for what remains of a side, and for money without tokens.
    pub token_class: Option<TokenClass>,
    /// Tokens that are billed here. None of them is billed anywhere else.
    pub tokens: u64,
    /// Tokens that the run tells of the class; more than are billed where classes overlap or contradict their side.
    pub told: u64,
    /// Price of one; absent where the producer sent the cost.
    pub price: Option<Price>,
    /// Tokens times price, or as sent.
    pub cost: Cost,
}

/// How the cost of a run comes about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calculation {
    /// Where the figures are from.
    pub origin: CostOrigin,
    /// What adds up to the cost.
    pub lines: Vec<Line>,
    /// See [`Bill::cache_saved`].
    pub cache_saved: Cost,
    /// What a reader should know: counts that contradict each other, prices that are missing.
    pub notes: Vec<String>,
}

impl Calculation {
    /// The sum over the lines; nothing where the cost is not known.
    pub fn total(&self) -> Option<Cost> {
        self.by_class().filter(|_| self.is_known()).map(|by_class| by_class.total())
    }

    fn is_known(&self) -> bool {
        self.origin != CostOrigin::None && !self.origin.is_unknown()
    }

    fn by_class(&self) -> Option<CostByClass> {
        self.is_known().then(|| {
            let mut by_class = CostByClass::default();
            for line in &self.lines {
                by_class.add(line.class, line.cost);
            }
            by_class
        })
    }

    /// What is kept of it with the run.
    pub fn bill(&self, price: Option<&PriceEntry>) -> Bill {
        let uses_price = matches!(self.origin, CostOrigin::Computed | CostOrigin::Mixed);
        Bill {
            origin: self.origin,
            by_class: self.by_class().unwrap_or_default(),
            cache_saved: if self.is_known() { self.cache_saved } else { Cost::default() },
            price: price.filter(|_| uses_price).map(PriceEntry::snapshot),
        }
    }
}

/// What a usage costs. Costs as sent win, side by side; a side that was not sent is tokens times price.
pub fn calculate(usage: &Usage, given: &GivenCost, price: Option<&PriceEntry>) -> Calculation {
    let mut calculation = Calculation::default();
    let is_zero = |cost: Option<Cost>| cost.is_none_or(|cost| cost.pico_usd == 0);
    let sends_nothing = [given.input, given.output, given.total].into_iter().all(is_zero)
        && given.details.iter().all(|(_, cost)| cost.pico_usd == 0);
    let nothing = GivenCost::default();
    let given = if sends_nothing && !given.is_empty() && !usage.is_empty() {
        // Producers write a zero where they have no price.
        calculation.notes.push("the sent cost of 0 beside tokens is taken as not known".to_owned());
        &nothing
    } else {
        given
    };
    let sent = sides_of(given);
    if sent == [None, None]
        && let Some(total) = given.total
    {
        calculation.origin = CostOrigin::Given;
        calculation.push_given(CostClass::Other, None, total);
        return calculation;
    }
    let mut computed = false;
    let mut missing = false;
    for (side, sent) in [TokenSide::Input, TokenSide::Output].into_iter().zip(sent) {
        match sent {
            Some(sent) => calculation.take_sent(side, sent, given),
            None => match usage.of_side(side) {
                None | Some(0) => {}
                Some(_) => {
                    let is_priced = price.is_some_and(|price| calculation.take_priced(side, usage, price));
                    computed |= is_priced;
                    missing |= !is_priced;
                }
            },
        }
    }
    // Tokens of which only the sum is known have no price, since input and output differ in theirs.
    let only_sum = usage.input.is_none()
        && usage.output.is_none()
        && usage.total.is_some_and(|total| total > 0)
        && sent == [None, None];
    let is_sent = sent != [None, None];
    calculation.origin = match (is_sent, computed, missing) {
        _ if usage.rejected && !sent.iter().all(Option::is_some) => CostOrigin::BadCount,
        _ if only_sum => CostOrigin::SumOnly,
        (_, _, true) => CostOrigin::Unpriced,
        (true, true, _) => CostOrigin::Mixed,
        (true, false, _) => CostOrigin::Given,
        (false, true, _) => CostOrigin::Computed,
        (false, false, _) => CostOrigin::None,
    };
    match calculation.origin {
        CostOrigin::BadCount => calculation.notes.push(
            "a count of tokens that was sent cannot be meant and is left out, so that the cost is not known"
                .to_owned(),
        ),
        CostOrigin::SumOnly => {
            calculation.notes.push("only the sum of tokens is known, which no price applies to".to_owned());
        }
        CostOrigin::Unpriced if price.is_none() => {
            calculation.notes.push("no price is known for this model".to_owned());
        }
        _ => {}
    }
    if let (Some(total), true, false) = (given.total, is_sent, calculation.origin.is_unknown()) {
        let parts = calculation.total().unwrap_or_default();
        let rest = Cost { pico_usd: total.pico_usd.saturating_sub(parts.pico_usd) };
        if rest.pico_usd != 0 {
            calculation
                .notes
                .push(format!("the sent total {total} differs from its parts {parts}; the total counts"));
            calculation.push_given(CostClass::Other, None, rest);
        }
    }
    calculation
}

/// Both sides as sent; of a total and one side the other follows.
fn sides_of(given: &GivenCost) -> [Option<Cost>; 2] {
    let rest = |side: Cost| {
        let total = given.total?;
        (total >= side).then_some(Cost { pico_usd: total.pico_usd - side.pico_usd })
    };
    let of_details = |side: TokenSide| {
        let costs = given.details.iter().filter(|(class, _)| class.side() == side).map(|(_, cost)| *cost);
        costs.reduce(|left, right| Cost { pico_usd: left.pico_usd.saturating_add(right.pico_usd) })
    };
    let input = given.input.or_else(|| of_details(TokenSide::Input).filter(|_| given.total.is_none()));
    let output = given.output.or_else(|| of_details(TokenSide::Output).filter(|_| given.total.is_none()));
    match (input, output) {
        (Some(input), None) => [Some(input), rest(input)],
        (None, Some(output)) => [rest(output), Some(output)],
        both => [both.0, both.1],
    }
}

impl Calculation {
    fn push_given(&mut self, class: CostClass, token_class: Option<TokenClass>, cost: Cost) {
        self.lines.push(Line { class, token_class, tokens: 0, told: 0, price: None, cost });
    }

    /// A side as sent: its classes, and the rest as plain tokens.
    fn take_sent(&mut self, side: TokenSide, sent: Cost, given: &GivenCost) {
        let mut rest = sent.pico_usd;
        let mut details: Vec<_> = given.details.iter().filter(|(class, _)| class.side() == side).collect();
        details.sort_by_key(|(class, _)| *class);
        for (class, cost) in details {
            let part = cost.pico_usd.min(rest);
            if part < cost.pico_usd {
                self.notes.push(format!(
                    "the sent cost of {} exceeds that of its side; {sent} counts",
                    class.name()
                ));
            }
            rest -= part;
            if part > 0 {
                self.push_given(CostClass::of(*class), Some(*class), Cost { pico_usd: part });
            }
        }
        if rest > 0 {
            self.push_given(plain(side), None, Cost { pico_usd: rest });
        }
    }

    /// A side as tokens times price; `false` when tokens remain that nothing says the price of.
    fn take_priced(&mut self, side: TokenSide, usage: &Usage, entry: &PriceEntry) -> bool {
        let prices = match side {
            TokenSide::Input => &entry.input,
            TokenSide::Output => &entry.output,
        };
        let tokens = usage.of_side(side).unwrap_or(0);
        let mut remaining = tokens;
        let mut lines = Vec::new();
        let mut saved = 0_i64;
        for (class, told) in usage.classes(side) {
            let Some(price) = prices.of(class) else {
                if class == TokenClass::CacheCreation1h {
                    self.notes.push(
                        "writing to a cache for an hour has no price of its own; plain input is billed"
                            .to_owned(),
                    );
                }
                continue;
            };
            let billed = told.min(remaining);
            if told > tokens {
                self.notes.push(format!(
                    "{told} tokens of {} in a side of {tokens}; {billed} are billed",
                    class.name()
                ));
            }
            if billed == 0 {
                continue;
            }
            remaining -= billed;
            if let Some(plain) =
                prices.plain(class).filter(|_| class.is_cache_read() || class.is_cache_creation())
            {
                saved = saved.saturating_add(plain.difference(price, billed).pico_usd);
            }
            let class_shown = CostClass::of(class);
            lines.push(Line {
                class: class_shown,
                token_class: Some(class),
                tokens: billed,
                told,
                price: Some(price),
                cost: price.times(billed),
            });
        }
        if remaining > 0 {
            let Some(base) = prices.base else {
                let name = if side == TokenSide::Input { "input" } else { "output" };
                self.notes.push(format!("{} has no price for {name} tokens", entry.name));
                return false;
            };
            lines.push(Line {
                class: plain(side),
                token_class: None,
                tokens: remaining,
                told: remaining,
                price: Some(base),
                cost: base.times(remaining),
            });
        }
        self.lines.append(&mut lines);
        self.cache_saved.pico_usd = self.cache_saved.pico_usd.saturating_add(saved);
        true
    }
}

fn plain(side: TokenSide) -> CostClass {
    match side {
        TokenSide::Input => CostClass::Input,
        TokenSide::Output => CostClass::Output,
    }
}

#[cfg(test)]
#[path = "calculate_tests.rs"]
mod tests;
