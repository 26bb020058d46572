//! The help of the view.

/// The keys, in one line.
pub(super) const KEYS: &str = " ? help  q quit  up/down select  a allocate  r release  k kill  s start  \
                               c cut off  h heal  f collide  m messages";

/// What there is to see, and what the keys do.
pub(super) const TEXT: &str = "\
Each node is a process that claims multicast addresses by asking the others: it
claims, waits for objections, then announces what it owns for as long as it does.

  up, down, 1-9  select a node; the record shown is what it believes
  a   allocate: the claim stands after 10 s (by the draft) unless someone objects
  r   release what it got last
  k   kill it (SIGKILL): watch others defend its addresses for it
  s   start it again: it remembers what it had stored
  c   cut it off, or reconnect it: both sides may allocate the same address
  h   heal: end all partitions and cuts; conflicts come to light
  f   force a collision: this node and the next claim the same address
  m   show or hide every single message
  q   quit: all nodes end, and nothing is left behind

ACLM claims; AIU says what is in use, and defends; AITU says what is intended to be
used; ASA says which space there is; ASRP reports its use; ANA asks for more of it.

In a second terminal: `aap allocate`, `aap record --node maas-2`,
`aap cluster partition 'maas-1 | maas-2 maas-3'`, `aap cluster loss 20%`.

Any key closes this.";
