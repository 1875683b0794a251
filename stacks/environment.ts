import { platformVariables, type Variables } from "pulumi-palisade/contract";

/** The environment variables that the application reads: those of every Supabase project, and its own. */
export const environment: Variables = {
  ...platformVariables,
  GROQ_API_KEY: {
    check: { minimumLength: 10 },
    optional: true,
    advice: "Without it the assistant does not use Groq. Leave it out, or take a key from Groq's console.",
  },
  OPENAI_API_KEY: {
    check: { minimumLength: 10 },
    optional: true,
    advice: "Without it the assistant does not use OpenAI. Leave it out, or take a key from OpenAI's dashboard.",
  },
};
