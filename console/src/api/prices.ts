import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type CustomerGroup,
  catalogCustomerGroupsAddMember,
  catalogCustomerGroupsCreate,
  catalogCustomerGroupsDropMember,
  catalogCustomerGroupsList,
  catalogCustomerGroupsListMembers,
  catalogCustomerGroupsRemove,
  catalogCustomerGroupsRename,
  catalogPriceListsChange,
  catalogPriceListsCreate,
  catalogPriceListsListPrices,
  catalogPriceListsRemove,
  catalogPriceListsSetPrices,
  type GroupMemberPage,
  type ListedPrice,
  type NewCustomerGroup,
  type NewGroupMember,
  type PriceList,
  type PriceListChanges,
  type PriceListDraft,
} from './generated';
import { SHOP, versioned } from './shops';

export type { CustomerGroup, PriceListDraft };

function useSettle(shop: string) {
  const cache = useQueryClient();
  return () => void cache.invalidateQueries({ queryKey: [SHOP, shop] });
}

/** Reads the list again, and nothing of what is gone and still shown. */
function useGone(shop: string, what: string) {
  const cache = useQueryClient();
  return () => void cache.invalidateQueries({ queryKey: [SHOP, shop, what], exact: true });
}

/** Groups of customers, by code; a shop has two hundred at most, and people work with a few. */
export function useGroups(shop: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'groups'],
    queryFn: async (): Promise<CustomerGroup[]> =>
      (await catalogCustomerGroupsList({ path: { shop }, query: { limit: 100 } })).data.items,
  });
}

export function useCreateGroup(shop: string) {
  return useMutation({
    mutationFn: async (body: NewCustomerGroup): Promise<CustomerGroup> =>
      (await catalogCustomerGroupsCreate({ path: { shop }, body })).data,
    onSuccess: useSettle(shop),
  });
}

export function useRenameGroup(shop: string) {
  return useMutation({
    mutationFn: async ({ group, name }: { group: CustomerGroup; name: string }): Promise<CustomerGroup> => {
      const path = { shop, group_id: group.id };
      return (await catalogCustomerGroupsRename({ path, headers: versioned(group.version), body: { name } }))
        .data;
    },
    onSuccess: useSettle(shop),
  });
}

export function useRemoveGroup(shop: string) {
  return useMutation({
    mutationFn: ({ id, version }: CustomerGroup) =>
      catalogCustomerGroupsRemove({ path: { shop, group_id: id }, headers: versioned(version) }),
    onSuccess: useGone(shop, 'groups'),
  });
}

export function useMembers(shop: string, group: string, cursor: string | null) {
  return useQuery({
    queryKey: [SHOP, shop, 'groups', group, cursor],
    queryFn: async (): Promise<GroupMemberPage> => {
      const query = { limit: 20, cursor: cursor ?? undefined };
      return (await catalogCustomerGroupsListMembers({ path: { shop, group_id: group }, query })).data;
    },
    placeholderData: keepPreviousData,
  });
}

export function useAddMember(shop: string, group: string) {
  return useMutation({
    mutationFn: async (body: NewGroupMember) =>
      (await catalogCustomerGroupsAddMember({ path: { shop, group_id: group }, body })).data,
    onSuccess: useSettle(shop),
  });
}

export function useDropMember(shop: string, group: string) {
  return useMutation({
    mutationFn: (member: string) =>
      catalogCustomerGroupsDropMember({ path: { shop, group_id: group, member_id: member } }),
    onSuccess: useSettle(shop),
  });
}

/** The first hundred prices of a list, by SKU. */
export function useListPrices(shop: string, list: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'price lists', list, 'prices'],
    queryFn: async (): Promise<{ items: ListedPrice[]; more: boolean }> => {
      const path = { shop, list_id: list };
      const { data } = await catalogPriceListsListPrices({ path, query: { limit: 100 } });
      return { items: data.items, more: data.next_cursor !== null };
    },
  });
}

export function useCreateList(shop: string) {
  return useMutation({
    mutationFn: async (body: PriceListDraft): Promise<PriceList> =>
      (await catalogPriceListsCreate({ path: { shop }, body })).data,
    onSuccess: useSettle(shop),
  });
}

export function useChangeList(shop: string) {
  return useMutation({
    mutationFn: async ({
      list,
      changes,
    }: {
      list: PriceList;
      changes: PriceListChanges;
    }): Promise<PriceList> => {
      const path = { shop, list_id: list.id };
      return (await catalogPriceListsChange({ path, headers: versioned(list.version), body: changes })).data;
    },
    onSuccess: useSettle(shop),
  });
}

export function useRemoveList(shop: string) {
  return useMutation({
    mutationFn: ({ id, version }: PriceList) =>
      catalogPriceListsRemove({ path: { shop, list_id: id }, headers: versioned(version) }),
    onSuccess: useGone(shop, 'price lists'),
  });
}

/** Sets a price of a list; none takes the variant off it. */
export function useSetListPrice(shop: string) {
  return useMutation({
    mutationFn: async ({ list, sku, amount }: { list: PriceList; sku: string; amount: number | null }) => {
      const path = { shop, list_id: list.id };
      const body = { prices: [{ sku, amount }] };
      return (await catalogPriceListsSetPrices({ path, headers: versioned(list.version), body })).data;
    },
    onSuccess: useSettle(shop),
  });
}
