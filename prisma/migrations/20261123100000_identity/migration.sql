-- Passwords that can be changed, and set anew by a link.
-- Runs as bulkhead_owner and as one implicit transaction: it is applied whole or not at all.

-- When the password was last set: a log-in that was proved with the one before it opens no session.
-- And the link by which the person may set one: a newer link takes the place of the older.
-- Not granted to bulkhead_app, like the hash of the password itself.
ALTER TABLE "users"
  ADD COLUMN "password_changed_at" TIMESTAMPTZ(3),
  ADD COLUMN "password_reset_hash" TEXT,
  ADD COLUMN "password_reset_until" TIMESTAMPTZ(3);

CREATE UNIQUE INDEX "users_product_password_reset_hash_key" ON "users"("product", "password_reset_hash");

GRANT UPDATE (password_changed_at, password_reset_hash, password_reset_until) ON users TO bulkhead_identity;
