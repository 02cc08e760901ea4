//! What can be wrong with a contract file.

use std::fmt;

/// One fault of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContractFault {
    /// The key, with the tables it stands in: `bulk_create.records`. Empty when the file as a whole is meant.
    pub path: String,
    /// The line of the file, counted from 1, where one can be named.
    pub line: Option<usize>,
    /// What is wrong and what was expected.
    pub problem: String,
}

impl fmt::Display for ContractFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.problem)
    }
}

/// All faults of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractErrors(Vec<ContractFault>);

impl ContractErrors {
    pub(super) fn check(faults: Vec<ContractFault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self(faults))
        }
    }

    /// The faults in the order of the file; at least one.
    pub fn faults(&self) -> &[ContractFault] {
        &self.0
    }
}

impl fmt::Display for ContractErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the contract cannot be used: ")?;
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ContractErrors {}
