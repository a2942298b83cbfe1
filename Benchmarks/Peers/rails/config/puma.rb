workers ENV.fetch("PEER_WORKERS").to_i
# With more threads, one that waits for SQLite's lock keeps Ruby's lock (sqlite3 1.4), so that the one
# with SQLite's lock cannot go on: after the timeout logins fail with "database is locked".
threads 1, 1
# By default one connection gets ten answers in a row while the others wait: p99 is then some times longer.
max_fast_inline 1
preload_app!
environment "production"
bind "tcp://127.0.0.1:#{ENV.fetch("PEER_PORT")}"
