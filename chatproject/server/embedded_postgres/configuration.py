"""What is in the files that configure the embedded server."""

CONFIGURATION = """\
# Written anew at every start; lasting changes of your own belong into ALTER SYSTEM.
listen_addresses = ''
port = 5432
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = {max_connections}

shared_buffers = 192MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 64MB
random_page_cost = 1.1
jit = off
# Whoever has given up waiting (docs/security.md) wants no answer any more.
client_connection_check_interval = 5s

# From the log the relay learns which conversations have moved. What a slot keeps of it is bounded.
wal_level = {wal_level}
max_slot_wal_keep_size = 2GB

fsync = {fsync}
synchronous_commit = {fsync}
full_page_writes = {fsync}
min_wal_size = 128MB
max_wal_size = 2GB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9

timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'

# A week of logs, a file a day, without the values of rows.
logging_collector = on
log_directory = 'log'
log_filename = 'postgres-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_checkpoints = off
log_error_verbosity = terse
log_line_prefix = '%m [%p] '
"""

# The socket's folder keeps everybody else out.
ACCESS = "local all all trust\n"
