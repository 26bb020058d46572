use std::net::TcpStream;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::script::Script;
use answer::Answer;
use description::Description;
use question::{Fate, Question};
use site::Site;

mod answer;
mod body;
mod description;
mod question;
mod site;

/// Questions of one story: enough for one to build on another.
const QUESTIONS_MAX: usize = 24;

/// One node for all stories, so that what an earlier one left behind is there too. Nothing of it
/// is on disk, so nothing is left when the process ends.
static PLACE: LazyLock<Option<Mutex<Place>>> = LazyLock::new(|| Place::open().map(Mutex::new));

struct Place {
    site: Site,
    description: Description,
}

impl Place {
    fn open() -> Option<Self> {
        let site = Site::open()?;
        let answer = ask(&site, &Question::plain("GET", "/openapi.json")).expect("an answer");
        let description = Description::read(&answer.json());
        Some(Self { site, description })
    }
}

/// Whether this machine can show it: a node needs multicast on loopback.
#[must_use]
pub fn control_can_run() -> bool {
    PLACE.is_some()
}

/// Runs octets as a story of clients of a real node's control API, over a socket: questions that
/// are right, wrong, corrupted on the way, and clients that go away.
///
/// # Panics
/// If a whole question is not answered, an answer is none that `/openapi.json` describes, a client
/// without the token is let in, or anything in the node panics or stops.
pub fn control(octets: &[u8]) {
    let Some(place) = &*PLACE else { return };
    let place = place.lock().unwrap_or_else(PoisonError::into_inner);
    let mut script = Script::new(octets);
    let mut kept = None;
    for _ in 0..QUESTIONS_MAX {
        if script.is_over() {
            break;
        }
        let question = Question::read(&mut script, &place.description, &place.site);
        kept = live(&place, kept, &question);
    }
    drop(kept);
    let health = ask(&place.site, &Question::plain("GET", "/v1/health")).expect("an answer");
    assert_eq!(health.status, 200, "after it, the node is {}", health.text());
    assert_eq!(site::panics(), 0, "something in the node panicked");
}

/// Asks one question, on the connection of the last one if that can be; answers with the
/// connection if it can go on.
fn live(place: &Place, kept: Option<TcpStream>, question: &Question) -> Option<TcpStream> {
    let Fate::Answered(asked) = &question.fate else {
        let mut stream = place.site.connect();
        site::write(&mut stream, &question.octets);
        if matches!(question.fate, Fate::Garbled) {
            site::end(&stream);
            Answer::read_statuses(&mut stream).unwrap_or_else(|why| panic!("{why}"));
        }
        return None;
    };
    let converse = |mut stream: TcpStream| {
        site::write(&mut stream, &question.octets);
        Answer::read(&mut stream, asked).map(|answer| (answer, stream))
    };
    // A node that did not want the body of the last question may have ended the connection.
    let answer = kept.map(converse).and_then(Result::ok);
    let answer = answer.map_or_else(|| converse(place.site.connect()), Ok);
    let told = || String::from_utf8_lossy(&question.octets);
    let (answer, stream) = answer.unwrap_or_else(|why| panic!("{why}, to\n{}", told()));
    let verdict = place.description.judge(asked, &answer);
    verdict.unwrap_or_else(|why| panic!("{why}: to\n{}\nit is {}", told(), answer.text()));
    answer.goes_on.then_some(stream)
}

fn ask(site: &Site, question: &Question) -> Result<Answer, String> {
    let Fate::Answered(asked) = &question.fate else { return Err("nobody waits".to_owned()) };
    let mut stream = site.connect();
    site::write(&mut stream, &question.octets);
    Answer::read(&mut stream, asked)
}
