//! Requests of liquidity providers, which are served at market updates only.

use alloc::vec::Vec;

use crate::book::AccountId;
use crate::num::{Cash, Shares};

/// The most requests that can wait.
pub const QUEUE_MAX: usize = 1024;

/// What a provider of liquidity asks for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Action {
    /// Shares for this money.
    Provide(Cash),
    /// Money for these shares.
    Redeem(Shares),
}

/// One request. Its money or shares have left the account when it was made, and wait with it: the
/// money is no part of the NAV yet, the shares are part of the supply still.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Request {
    /// Whose.
    pub account: AccountId,
    /// What is asked for.
    pub action: Action,
}

/// Requests that wait for the next market update, in the order they came: at most [`QUEUE_MAX`].
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Queue(pub(in crate::risk) Vec<Request>);

/// The queue cannot take a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{QUEUE_MAX} requests wait already")]
pub struct QueueFull;

impl Queue {
    /// Takes a request to its end.
    ///
    /// # Errors
    ///
    /// [`QueueFull`]; then nothing has changed.
    pub fn push(&mut self, request: Request) -> Result<(), QueueFull> {
        if self.0.len() == QUEUE_MAX {
            return Err(QueueFull);
        }
        self.0.push(request);
        Ok(())
    }

    /// All that wait.
    pub fn as_slice(&self) -> &[Request] {
        &self.0
    }
}

impl TryFrom<Vec<Request>> for Queue {
    type Error = QueueFull;

    fn try_from(requests: Vec<Request>) -> Result<Self, QueueFull> {
        if requests.len() > QUEUE_MAX { Err(QueueFull) } else { Ok(Self(requests)) }
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Queue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec;

    #[test]
    fn the_queue_is_bounded() {
        let request =
            Request { account: AccountId(1), action: Action::Provide(Cash::from_atoms(1)) };
        let mut queue = Queue::try_from(vec![request; QUEUE_MAX - 1]).unwrap();
        queue.push(request).unwrap();
        assert_eq!(queue.push(request), Err(QueueFull));
        assert_eq!(queue.as_slice().len(), QUEUE_MAX);
        assert_eq!(QueueFull.to_string(), "1024 requests wait already");
        let json = serde_json::to_string(&queue).unwrap();
        assert_eq!(serde_json::from_str::<Queue>(&json).unwrap(), queue);
        let long = vec![request; QUEUE_MAX + 1];
        let json = serde_json::to_string(&long).unwrap();
        assert!(serde_json::from_str::<Queue>(&json).is_err());
    }
}
