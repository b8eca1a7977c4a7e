//! docker-deploy from control to three hosts, with real faults. What is promised: all hosts new, or
//! all as before, or exit 3 and the others named; and afterwards a push goes through.

mod beat;
mod image;
mod middle;
mod push;
mod turn;
mod way;
