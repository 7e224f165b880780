import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type MailState,
  type Message,
  type MessageSummary,
  type MessageSummaryPage,
  mailMessagesListMessages,
  mailMessagesRead,
  mailMessagesReconcile,
  mailMessagesRetry,
  mailMessagesSendTest,
  mailSuppressionsAdd,
  mailSuppressionsListSuppressions,
  mailSuppressionsRemove,
  mailTemplatesListTemplates,
  mailTemplatesPreviewWords,
  mailTemplatesPutWords,
  mailTemplatesRead,
  mailTemplatesReadWords,
  mailTemplatesRemoveWords,
  type NewWords,
  type Suppression,
  type SuppressionPage,
  type TemplateInfo,
  type TemplatePreview,
  type Words,
} from './generated';
import { client } from './generated/client.gen';

export type { MailState, Message, MessageSummary, NewWords, Suppression, TemplateInfo, Words };

export interface MailFilter {
  state: MailState | null;
  template: string | null;
  /** An address, whole. */
  to: string;
  cursor: string | null;
}

const MAILS = ['mail', 'messages'] as const;
const SUPPRESSIONS = ['mail', 'suppressions'] as const;
const TEMPLATES = ['mail', 'templates'] as const;
/** States in which a mail is still on its way. */
export const MOVING: ReadonlySet<MailState> = new Set(['queued', 'sending', 'deferred']);

export function useMails(filter: MailFilter) {
  return useQuery({
    queryKey: [...MAILS, filter],
    queryFn: async (): Promise<MessageSummaryPage> => {
      const { state, template, to, cursor } = filter;
      const query = {
        limit: 25,
        state: state ?? undefined,
        template: template ?? undefined,
        to: to.toLowerCase() || undefined,
        cursor: cursor ?? undefined,
      };
      return (await mailMessagesListMessages({ query })).data;
    },
    placeholderData: keepPreviousData,
    // A page of old mails stands still; only the newest move.
    refetchInterval: filter.cursor === null ? 3_000 : false,
  });
}

export function useMail(id: string) {
  return useQuery({
    queryKey: [...MAILS, 'one', id],
    queryFn: async (): Promise<Message> => (await mailMessagesRead({ path: { mail_id: id } })).data,
    refetchInterval: ({ state }) => (state.data && MOVING.has(state.data.state) ? 2_000 : false),
  });
}

export function useMailHtml(id: string) {
  return useQuery({
    queryKey: [...MAILS, 'html', id],
    queryFn: async (): Promise<string> => {
      // A page and no part of the API, so the generated client has no function for it.
      const answer = await client.get({
        url: '/v1/mail/messages/{mail_id}/html',
        path: { mail_id: id },
        parseAs: 'text',
        throwOnError: true,
      });
      return String(answer.data);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function useMailChange<V, R>(change: (variables: V) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void cache.invalidateQueries({ queryKey: MAILS }),
  });
}

export function useRetryMail() {
  return useMailChange((id: string) => mailMessagesRetry({ path: { mail_id: id } }));
}

export interface Finding {
  id: string;
  handedOver: boolean;
  note: string;
}

export function useReconcileMail() {
  return useMailChange(({ id, handedOver, note }: Finding) =>
    mailMessagesReconcile({ path: { mail_id: id }, body: { handed_over: handedOver, note } }),
  );
}

export function useSendTestMail() {
  return useMailChange(
    async (body: { template: string; to: string }) => (await mailMessagesSendTest({ body })).data,
  );
}

export function useTemplates() {
  return useQuery({
    queryKey: TEMPLATES,
    queryFn: async (): Promise<TemplateInfo[]> => (await mailTemplatesListTemplates()).data,
    staleTime: 60_000,
  });
}

export function useTemplate(name: string) {
  return useQuery({
    queryKey: [...TEMPLATES, name],
    queryFn: async (): Promise<TemplatePreview> => (await mailTemplatesRead({ path: { name } })).data,
  });
}

/** What a template says in this organization, before its variables are filled in. */
export function useWords(name: string) {
  return useQuery({
    queryKey: [...TEMPLATES, name, 'words'],
    queryFn: async (): Promise<Words> => (await mailTemplatesReadWords({ path: { name } })).data,
    // Somebody is writing on what was read; saving says when it has changed since.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

/** A template with its sample data in words that are not kept; the error names every part that cannot be used. */
export function useTriedWords(name: string, words: NewWords) {
  return useQuery({
    queryKey: [...TEMPLATES, name, 'tried', words],
    queryFn: async (): Promise<TemplatePreview> =>
      (await mailTemplatesPreviewWords({ path: { name }, body: words })).data,
    placeholderData: keepPreviousData,
    gcTime: 10_000,
  });
}

function useWordsChange<V, R>(change: (variables: V) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => cache.invalidateQueries({ queryKey: TEMPLATES, predicate: isNotTried }),
  });
}

function isNotTried({ queryKey }: { queryKey: readonly unknown[] }): boolean {
  return queryKey[TEMPLATES.length + 1] !== 'tried';
}

export function usePutWords(name: string) {
  return useWordsChange(
    async ({ words, version }: { words: NewWords; version: number }): Promise<Words> =>
      (await mailTemplatesPutWords({ path: { name }, headers: { 'If-Match': `"${version}"` }, body: words }))
        .data,
  );
}

/** Lets a template say what its module wrote again. */
export function useRemoveWords(name: string) {
  return useWordsChange(() => mailTemplatesRemoveWords({ path: { name } }));
}

export function useSuppressions(address: string, cursor: string | null) {
  return useQuery({
    queryKey: [...SUPPRESSIONS, address, cursor],
    queryFn: async (): Promise<SuppressionPage> => {
      const query = { limit: 25, address: address.toLowerCase() || undefined, cursor: cursor ?? undefined };
      return (await mailSuppressionsListSuppressions({ query })).data;
    },
    placeholderData: keepPreviousData,
  });
}

export function useSuppress() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { address: string; detail: string }) => mailSuppressionsAdd({ body }),
    onSettled: () => void cache.invalidateQueries({ queryKey: SUPPRESSIONS }),
  });
}

export function useUnsuppress() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => mailSuppressionsRemove({ path: { suppression_id: id } }),
    onSettled: () => void cache.invalidateQueries({ queryKey: SUPPRESSIONS }),
  });
}
