-- The peers' table. Times hold milliseconds, which is what JavaScript's Date holds.
CREATE TABLE items (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  status text NOT NULL,
  priority integer NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL
);
CREATE INDEX items_listing ON items (organization_id, status, created_at DESC, id DESC);
