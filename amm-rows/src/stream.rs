//! Rows through a question: here and now, or over threads with the order kept.
//!
//! One thread cuts the input into blocks, workers answer them, and the caller's thread writes the
//! answers in the order of the blocks. At most [`WINDOW`] blocks a worker are on their way, so
//! memory does not grow with the input.

use super::block::{Block, Blocks};
use super::failure::Failure;
use super::sheet::{Answer, Manner, Question, Sheet};
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What a run did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Rows read, good and bad.
    pub rows: u64,
    /// Rows with a reason in the column `error`.
    pub bad_rows: u64,
    /// Bytes of the input behind the rows that have been written.
    pub bytes: u64,
}

/// Asks `question` of every row of `input` on this thread; `watch` hears of the progress after
/// each block.
///
/// # Errors
///
/// [`Failure`]; the rows before it have been written.
pub fn run<Q: Question>(
    question: Q,
    input: impl Read,
    file: &str,
    manner: Manner,
    output: &mut impl Write,
    mut watch: impl FnMut(Summary),
) -> Result<Summary, Failure> {
    let mut blocks = Blocks::new(input, file);
    let (sheet, opening, first) = Sheet::open(question, manner, &mut blocks)?;
    output.write_all(&opening).map_err(Failure::Write)?;
    let (mut summary, mut next) = (Summary::default(), first);
    while let Some(block) = next {
        let answer = sheet.answer(&block);
        summary.write(block.text.len(), answer, file, output)?;
        watch(summary);
        next = blocks.next_block()?;
    }
    Ok(summary)
}

/// Asks `question` of every row of `input` on so many threads: the same bytes as [`run`].
///
/// When the run ends early its threads are left to end by themselves, since one of them may wait
/// for input that never comes.
///
/// # Errors
///
/// [`Failure`]; the rows before it have been written.
pub fn run_on<Q: Question>(
    threads: NonZeroUsize,
    question: Q,
    input: impl Read + Send + 'static,
    file: &str,
    manner: Manner,
    output: &mut impl Write,
    mut watch: impl FnMut(Summary),
) -> Result<Summary, Failure> {
    let mut blocks = Blocks::new(input, file);
    let (sheet, opening, first) = Sheet::open(question, manner, &mut blocks)?;
    output.write_all(&opening).map_err(Failure::Write)?;

    let window = WINDOW * threads.get();
    let (to_workers, work) = sync_channel::<Task>(window);
    let (to_writer, in_order) = sync_channel(window);
    let (sheet, work) = (Arc::new(sheet), Arc::new(Mutex::new(work)));
    for _ in 0..threads.get() {
        let (sheet, work) = (Arc::clone(&sheet), Arc::clone(&work));
        thread::spawn(move || work_off(&sheet, &work));
    }
    thread::spawn(move || hand_out(blocks, first, &to_workers, &to_writer));

    let mut summary = Summary::default();
    for promise in in_order {
        let promise: Receiver<Done> = promise;
        let (size, answer) = promise.recv().expect("a worker answers every block it takes")?;
        summary.write(size, answer, file, output)?;
        watch(summary);
    }
    Ok(summary)
}

/// Blocks under way for each worker.
const WINDOW: usize = 3;

/// A block's size and what became of it, or why there is no block.
type Done = Result<(usize, Answer), Failure>;

/// A block and where to send its answer.
type Task = (Block, SyncSender<Done>);

/// Promises an answer for each block in order, and hands the blocks to the workers. Ends with the
/// input or when nobody listens any more.
fn hand_out<R: Read>(
    mut blocks: Blocks<R>,
    first: Option<Block>,
    workers: &SyncSender<Task>,
    writer: &SyncSender<Receiver<Done>>,
) {
    let mut next = Ok(first);
    loop {
        let (keep, promise) = sync_channel(1);
        if writer.send(promise).is_err() {
            return;
        }
        match next {
            Ok(Some(block)) => {
                if workers.send((block, keep)).is_err() {
                    return;
                }
            }
            Ok(None) => {
                // An empty answer: the promise made for a block that did not come.
                let _ = keep.send(Ok((0, Answer::default())));
                return;
            }
            Err(failure) => {
                let _ = keep.send(Err(failure));
                return;
            }
        }
        next = blocks.next_block();
    }
}

/// Answers blocks until there are no more.
fn work_off<Q: Question>(sheet: &Sheet<Q>, work: &Mutex<Receiver<Task>>) {
    loop {
        let task = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((block, keep)) = task else { return };
        // Nobody listens after a run that ended early.
        let _ = keep.send(Ok((block.text.len(), sheet.answer(&block))));
    }
}

impl Summary {
    /// Writes an answer and counts it.
    fn write(
        &mut self,
        size: usize,
        answer: Answer,
        file: &str,
        output: &mut impl Write,
    ) -> Result<(), Failure> {
        output.write_all(&answer.text).map_err(Failure::Write)?;
        self.rows += answer.rows;
        self.bad_rows += answer.bad_rows;
        self.bytes += size as u64;
        match answer.fault {
            Some((line, fault)) => Err(Failure::Input { file: file.to_owned(), line, fault }),
            None => Ok(()),
        }
    }
}
