//! The queue: which step comes next. Plan order, but a busy host or a credential that is being tried holds up nobody else.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::model::verdict::Judgement;

use super::gate::{Gate, Passage, Release};

/// What the queue has to know of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Its place in the plan.
    pub(super) step: usize,
    /// Which host it goes to, as a number of the plan's.
    pub(super) host: usize,
    /// Which credential it uses, as a number of the plan's.
    pub(super) gate: usize,
}

/// What a worker is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Probe this step.
    Probe(usize),
    /// Do not probe this step: its credential was rejected at the other one.
    Refuse(usize, usize),
    /// Nothing is left.
    Done,
}

/// Hands out steps to workers.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    wake: Notify,
    per_host: usize,
}

#[derive(Debug, Default)]
struct State {
    /// The tickets of steps that are not judged yet, by their place in the plan.
    tickets: Vec<Option<Ticket>>,
    /// How many of them there are.
    left: usize,
    /// Steps that wait for their host, in plan order.
    waiting: Vec<VecDeque<usize>>,
    /// How many probes each host has now.
    running: Vec<usize>,
    /// Hosts with a waiting step and room for it, by their first waiting step: so that plan order is kept between hosts.
    ready: BTreeMap<usize, usize>,
    gates: Vec<Gate>,
    refused: VecDeque<(usize, usize)>,
    closed: bool,
}

impl Queue {
    /// A queue over these tickets, in plan order.
    pub(super) fn new(tickets: Vec<Ticket>, hosts: usize, gates: usize, per_host: usize) -> Self {
        let mut state = State {
            waiting: vec![VecDeque::new(); hosts],
            running: vec![0; hosts],
            gates: (0..gates).map(|_| Gate::default()).collect(),
            ..State::default()
        };
        state.left = tickets.len();
        state.tickets.resize(tickets.last().map_or(0, |last| last.step + 1), None);
        for ticket in tickets {
            state.waiting[ticket.host].push_back(ticket.step);
            state.tickets[ticket.step] = Some(ticket);
        }
        let queue = Queue { state: Mutex::new(state), wake: Notify::new(), per_host: per_host.max(1) };
        let mut state = queue.lock();
        for host in 0..hosts {
            state.refresh(host, queue.per_host);
        }
        drop(state);
        queue
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next thing to do; waits while every step that is left waits for another.
    pub(super) async fn next(&self) -> Turn {
        loop {
            let notified = self.wake.notified();
            tokio::pin!(notified);
            // Registered before looking, so that a change between looking and waiting is not missed.
            notified.as_mut().enable();
            if let Some(turn) = self.lock().take(self.per_host) {
                return turn;
            }
            notified.await;
        }
    }

    /// A step is judged: its host has room again, and its credential's gate moves.
    pub(super) fn finished(&self, step: usize, judgement: &Judgement) {
        let mut state = self.lock();
        let Some(ticket) = state.settle(step) else { return };
        state.running[ticket.host] -= 1;
        match state.gates[ticket.gate].leave(step, judgement) {
            Release::All(waiting) => {
                for step in waiting {
                    state.requeue(step, self.per_host);
                }
            }
            Release::Refuse(waiting) => state.refused.extend(waiting.into_iter().map(|waiter| (waiter, step))),
        }
        state.refresh(ticket.host, self.per_host);
        drop(state);
        self.wake.notify_waiters();
    }

    /// Hands out no more steps. Returns those that were never handed out, in plan order.
    pub(super) fn close(&self) -> Vec<usize> {
        let mut state = self.lock();
        state.closed = true;
        let mut left: Vec<usize> = state.waiting.iter_mut().flat_map(std::mem::take).collect();
        left.extend(std::mem::take(&mut state.refused).into_iter().map(|(step, _)| step));
        for gate in &mut state.gates {
            if let Gate::Occupied(waiting) = gate {
                left.append(waiting);
            }
        }
        for step in &left {
            state.settle(*step);
        }
        drop(state);
        self.wake.notify_waiters();
        left.sort_unstable();
        left
    }
}

impl State {
    fn take(&mut self, per_host: usize) -> Option<Turn> {
        if let Some((step, by)) = self.refused.pop_front() {
            self.settle(step);
            return Some(Turn::Refuse(step, by));
        }
        while let Some((_, host)) = self.ready.pop_first() {
            let Some(step) = self.waiting[host].pop_front() else { continue };
            let Some(ticket) = self.tickets[step] else { continue };
            let passage = self.gates[ticket.gate].arrive(step);
            if passage == Passage::Go {
                self.running[host] += 1;
            }
            self.refresh(host, per_host);
            match passage {
                Passage::Go => return Some(Turn::Probe(step)),
                Passage::Wait => {}
                Passage::Refused(by) => {
                    self.settle(step);
                    return Some(Turn::Refuse(step, by));
                }
            }
        }
        (self.closed || self.left == 0).then_some(Turn::Done)
    }

    /// Takes the ticket of a step that is judged.
    fn settle(&mut self, step: usize) -> Option<Ticket> {
        let ticket = self.tickets[step].take();
        self.left -= usize::from(ticket.is_some());
        ticket
    }

    /// Puts a step back to its place in plan order.
    fn requeue(&mut self, step: usize, per_host: usize) {
        let Some(Ticket { host, .. }) = self.tickets[step] else { return };
        let waiting = &mut self.waiting[host];
        if let Some(first) = waiting.front() {
            self.ready.remove(first);
        }
        let at = waiting.partition_point(|other| *other < step);
        waiting.insert(at, step);
        self.refresh(host, per_host);
    }

    /// Enters a host among the ready ones, if it has a waiting step and room for it.
    fn refresh(&mut self, host: usize, per_host: usize) {
        if let Some(first) = self.waiting[host].front()
            && self.running[host] < per_host
        {
            self.ready.insert(*first, host);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cause::Cause;
    use crate::model::phase::Phase;

    fn ticket(step: usize, host: usize, gate: usize) -> Ticket {
        Ticket { step, host, gate }
    }

    fn rejected() -> Judgement {
        Judgement::of(Cause::CredentialRejected, Phase::Auth, "observed", "do")
    }

    #[tokio::test]
    async fn a_busy_host_holds_up_nobody_else() {
        let tickets = vec![ticket(0, 0, 0), ticket(1, 0, 1), ticket(2, 1, 2)];
        let queue = Queue::new(tickets, 2, 3, 1);
        assert_eq!(queue.next().await, Turn::Probe(0));
        assert_eq!(queue.next().await, Turn::Probe(2));
        queue.finished(0, &Judgement::pass(Phase::Auth, "good"));
        assert_eq!(queue.next().await, Turn::Probe(1));
        queue.finished(1, &Judgement::pass(Phase::Auth, "good"));
        queue.finished(2, &Judgement::pass(Phase::Auth, "good"));
        assert_eq!(queue.next().await, Turn::Done);
    }

    #[tokio::test]
    async fn fifty_steps_with_one_bad_password_send_it_once() {
        let tickets = (0..50).map(|step| ticket(step, 0, 0)).collect();
        let queue = Queue::new(tickets, 1, 1, 4);
        assert_eq!(queue.next().await, Turn::Probe(0));
        queue.finished(0, &rejected());
        for step in 1..50 {
            assert_eq!(queue.next().await, Turn::Refuse(step, 0));
        }
        assert_eq!(queue.next().await, Turn::Done);
    }

    #[tokio::test]
    async fn closing_returns_what_was_never_handed_out() {
        let tickets = vec![ticket(0, 0, 0), ticket(1, 0, 0), ticket(2, 0, 1), ticket(3, 1, 2)];
        let queue = Queue::new(tickets, 2, 3, 4);
        assert_eq!(queue.next().await, Turn::Probe(0));
        assert_eq!(queue.next().await, Turn::Probe(2));
        assert_eq!(queue.close(), [1, 3]);
        assert_eq!(queue.next().await, Turn::Done);
    }
}
