import { spawn } from "node:child_process";

/**
 * Sees to it that a server doesn't outlive this process, however this process ends: a small shell waits at the other
 * end of a pipe, and when the pipe closes (the system does that even for a process that is killed), it ends the server
 * of this folder and removes the folder. It has a process group of its own, so that Ctrl-C doesn't reach it first.
 */
export function removeWithThisProcess(folder: string): void {
  const watcher = spawn("/bin/sh", ["-c", script, "palisade-watcher", folder], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.unref();
  if ("unref" in watcher.stdin && typeof watcher.stdin.unref === "function") {
    watcher.stdin.unref();
  }
}

/** Tries for a second, in case the process died while its server was being made. */
const script = `
read -r nothing
tries=0
while [ -d "$1" ] && [ "$tries" -lt 50 ]; do
  if [ -f "$1/data/postmaster.pid" ]; then
    read -r pid < "$1/data/postmaster.pid"
    kill -QUIT "$pid" 2>/dev/null && sleep 0.1
    kill -0 "$pid" 2>/dev/null || rm -rf "$1"
  else
    [ "$tries" -lt 5 ] || rm -rf "$1"
  fi
  tries=$((tries + 1))
  sleep 0.1
done
`;
