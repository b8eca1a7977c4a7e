//! The file `holder`: one record with the holder of the lock, for people. The lock itself is taken
//! on the file `lock`.

use super::records::TicketRecord;
use super::{RecordError, from_value, one_line, version};
use crate::deploy::host_state::LockHolder;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct HolderRecord {
    ticket: TicketRecord,
    #[serde(default)]
    stage: String,
}

/// Encodes the whole file.
pub fn encode(holder: &LockHolder) -> Vec<u8> {
    let record = HolderRecord { ticket: (&holder.ticket).into(), stage: holder.stage.clone() };
    one_line(&record).into_bytes()
}

/// Parses the whole file.
pub fn parse(bytes: &[u8]) -> Result<LockHolder, RecordError> {
    let value = serde_json::from_slice(bytes).map_err(|error| RecordError::Invalid(error.to_string()))?;
    version(&value)?;
    let HolderRecord { ticket, stage } = from_value(&value)?;
    Ok(LockHolder { ticket: ticket.try_into()?, stage })
}
