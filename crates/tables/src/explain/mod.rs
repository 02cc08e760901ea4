//! What is wrong with a list, said to a person in German or English: one
//! catalogue of texts, grouping by kind, and lines for a terminal.

mod catalogue;
mod corrections;
mod explanation;
mod group;
mod lang;
mod safe;
#[cfg(test)]
mod samples;
mod terminal;

pub use catalogue::field_name;
pub use corrections::{
    CorrectionGroup, CorrectionGrouping, ExplainedCorrection, corrections_to_terminal,
};
pub use explanation::{Explainer, Explanation, mask_fins};
pub use group::{Group, Grouping, group};
pub use lang::{Lang, UnknownLang};
pub(crate) use safe::replace as visible_where;
pub use safe::{Safe, hides, steers, visible_line, visible_text, visible_value};
pub use terminal::{Layout, to_terminal};
