-- The same function. Documents that have any of the words are looked for by the five longest, which tell most and are the
-- fewest: to find them takes as long as there are. Of those, 100 are ranked instead of 200 (in no order either way), by all
-- words; and of a large number of embeddings 24 angles are computed instead of 40: at most 20 of them are compared.

-- Loads the library: its parameter cannot be named in a session that does not know it yet.
SELECT similarity('', '');

CREATE OR REPLACE FUNCTION search_faqs(asked text, model_name text, vector real[], asked_signature bit(256), asked_bands integer[], most integer)
RETURNS TABLE (document_id uuid, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET pg_trgm.similarity_threshold = 0.35 AS $$
DECLARE
  own text := nullif(current_setting('app.product', true), '');
  words text[];
  meant text[];
  all_of tsquery;
  any_of tsquery;
  telling tsquery;
  matches integer := 0;
  exact uuid[] := '{}';
  is_small boolean;
  -- Of each way to search, so many are compared with the others.
  breadth integer := least(40, greatest(20, 4 * most));
BEGIN
  IF own IS NULL THEN RETURN; END IF;

  -- What was asked for, and for each word that no document has, the nearest ones that some have.
  SELECT array_agg(lexeme) INTO words FROM (SELECT lexeme FROM unnest(to_tsvector('pg_catalog.english', asked)) LIMIT 24) w;
  SELECT array_agg(near.word) INTO meant
    FROM unnest(words) w (word)
    CROSS JOIN LATERAL (
      SELECT f.word FROM faq_words f
       WHERE f.product = own AND f.word <> '' AND f.word % w.word
       ORDER BY similarity(f.word, w.word) DESC, f.word LIMIT 2) near
   WHERE length(w.word) BETWEEN 3 AND 40
     AND NOT EXISTS (SELECT FROM faq_words f WHERE f.product = own AND f.word = w.word);
  -- Quoted as tsquery reads it, which is not how SQL does.
  SELECT string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''', ' & ')::tsquery INTO all_of
    FROM unnest(words) word;
  SELECT string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery INTO any_of
    FROM unnest(words || coalesce(meant, '{}')) word;
  SELECT string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery INTO telling
    FROM (SELECT word FROM unnest(words || coalesce(meant, '{}')) word ORDER BY length(word) DESC, word LIMIT 5) longest;

  -- All words at once are few documents and cheap; any of them can be half of all.
  IF all_of IS NOT NULL THEN
    SELECT array_agg(d.id), count(*) INTO exact, matches FROM (
      SELECT id FROM faq_documents WHERE product = own AND status = 'PUBLISHED' AND search @@ all_of LIMIT 200) d;
  END IF;

  -- In the order of an index, so that rows of another product are not passed on the way.
  SELECT count(*) <= 2000 INTO is_small FROM (
    SELECT FROM faq_embeddings e WHERE e.product = own AND e.model = model_name AND e.part >= 0 ORDER BY e.document_id LIMIT 2001) few;

  RETURN QUERY
  WITH lexical AS (
    SELECT d.id, ts_rank_cd('{0.1, 0.3, 0.6, 1}', d.search, any_of, 1) AS fit FROM faq_documents d
     WHERE d.product = own AND d.id = ANY (exact)
    UNION ALL
    (SELECT d.id, ts_rank_cd('{0.1, 0.3, 0.6, 1}', d.search, any_of, 1) FROM faq_documents d
      WHERE matches < 20 AND d.product = own AND d.status = 'PUBLISHED' AND d.search @@ telling AND d.id <> ALL (coalesce(exact, '{}'))
      LIMIT 100)
  ), by_text AS (
    SELECT id, row_number() OVER (ORDER BY fit DESC, id) AS place FROM lexical ORDER BY fit DESC, id LIMIT breadth
  ), near AS (
    -- Few bits apart, then by the angle itself. Where there are many, only those that share a band are looked at. Bands
    -- depend on the model already; written so, its own index, which holds nearly all rows, is not taken instead.
    (SELECT e.document_id, e.embedding, bit_count(e.signature # asked_signature) AS apart FROM faq_embeddings e
      WHERE is_small AND e.product = own AND e.model = model_name AND e.part >= 0
      ORDER BY apart, e.document_id LIMIT 60)
    UNION ALL
    (SELECT e.document_id, e.embedding, bit_count(e.signature # asked_signature) AS apart FROM faq_embeddings e
      WHERE NOT is_small AND e.product = own AND e.bands && asked_bands AND e.model || '' = model_name AND e.part >= 0
      ORDER BY apart, e.document_id LIMIT 24)
  ), closest AS MATERIALIZED (
    -- Once: the condition below would compute each angle again.
    SELECT n.document_id AS id, max((SELECT sum(a * b) FROM unnest(n.embedding, vector) AS t (a, b))) AS cosine
      FROM near n GROUP BY n.document_id
  ), by_meaning AS (
    SELECT c.id, row_number() OVER (ORDER BY c.cosine DESC, c.id) AS place
      FROM closest c JOIN faq_documents d ON d.product = own AND d.id = c.id AND d.status = 'PUBLISHED'
     WHERE c.cosine > 0.15 ORDER BY c.cosine DESC, c.id LIMIT breadth
  ), candidates AS (
    SELECT id FROM by_text UNION SELECT id FROM by_meaning
  ), by_title AS (
    SELECT c.id, row_number() OVER (ORDER BY word_similarity(lower(asked), lower(d.question)) + similarity(lower(asked), lower(d.question)) DESC, c.id) AS place
      FROM candidates c JOIN faq_documents d ON d.product = own AND d.id = c.id
  )
  -- Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): places are comparable where scores are not.
  SELECT c.id, (coalesce(1.0 / (60 + t.place), 0) + coalesce(1.0 / (60 + m.place), 0) + 0.5 / (60 + l.place))::double precision
    FROM candidates c LEFT JOIN by_text t USING (id) LEFT JOIN by_meaning m USING (id) JOIN by_title l USING (id)
   ORDER BY 2 DESC, 1 LIMIT least(greatest(most, 1), 50);
END $$;
