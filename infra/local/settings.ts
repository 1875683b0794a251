/** What postgresql.conf and pg_hba.conf depend on. The port is passed on the command line instead. */
export interface ServerSettings {
  /** Whether committed data survives a crash of the machine. Temporary servers are faster without that. */
  readonly durable: boolean;
}

/**
 * The server's settings. Connections are local and over TCP only: the path of a Unix socket may have at most 107 bytes,
 * which a deep project folder exceeds.
 */
export function writeConfiguration({ durable }: ServerSettings): string {
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "100",
    password_encryption: "scram-sha-256",
    shared_buffers: "128MB",
    dynamic_shared_memory_type: "posix",
    shared_preload_libraries: "pg_stat_statements",
    wal_level: "logical",
    max_wal_senders: "10",
    max_replication_slots: "10",
    min_wal_size: "80MB",
    max_wal_size: "512MB",
    log_line_prefix: "%m [%p] %q%u@%d ",
    log_timezone: "UTC",
    timezone: "UTC",
    datestyle: "iso, mdy",
    lc_messages: "C",
    lc_monetary: "C",
    lc_numeric: "C",
    lc_time: "C",
    default_text_search_config: "pg_catalog.english",
    ...(durable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name} = '${value}'`)
    .join("\n")}\n`;
}

/**
 * A hosted project's locale. macOS lacks it, so the nearest one is used there: the same collation, and UTF-8 under
 * another name.
 */
export const locale =
  process.platform === "darwin"
    ? { collate: "C", characters: "en_US.UTF-8" }
    : { collate: "C.UTF-8", characters: "C.UTF-8" };

/** Who may connect: everybody with a password, from this machine alone. */
export const hostBasedAuthentication = `host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
`;
