//! docker-deploy from control to three hosts, with real faults. After each deploy all hosts have the
//! new release, or all have the old one, or the exit code is 3 and the hosts that differ are named.
//! The next push succeeds.

mod beat;
mod blockers;
mod images;
mod interruptions;
mod push;
mod turn;
