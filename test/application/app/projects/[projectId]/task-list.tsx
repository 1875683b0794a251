"use client";

import { useEffect, useState } from "react";
import type { TaskRow } from "@/contract/database";
import { subscribeToTasks } from "@/contract/realtime";

interface Props {
  readonly projectId: string;
  readonly initial: readonly TaskRow[];
}

export function TaskList({ projectId, initial }: Props) {
  const [tasks, setTasks] = useState(initial);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const subscription = subscribeToTasks(
      { projectId },
      {
        onInsert: (row) => setTasks((rows) => [...rows, row]),
        onUpdate: (row) => setTasks((rows) => rows.map((each) => (each.id === row.id ? row : each))),
        onDelete: ({ id }) => setTasks((rows) => rows.filter((row) => row.id !== id)),
        onReady: () => setProblem(undefined),
        onError: ({ message }) => setProblem(message),
      },
    );
    return () => void subscription.unsubscribe();
  }, [projectId]);

  return (
    <section>
      {problem && <p role="alert">{problem}</p>}
      <ul>
        {tasks.map(({ id, title, status, due_at }) => (
          <li key={id}>
            {title} ({status}) {due_at}
          </li>
        ))}
      </ul>
    </section>
  );
}
