-- A record belongs to the district of its shop; a filed bike, a person and a file to that of whoever sent it.
SELECT fills_district('ebikes_importbatch');
SELECT same_district('ebikes_importbatch', 'merchant_id', 'merchants_merchant');
SELECT of_district('ebikes_importbatch');
SELECT of_parent('ebikes_importrow', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_stagedtradein', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_stagedfiledbike', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_stagedmerchant', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_stagedagentpoint', 'batch_id', 'ebikes_importbatch');
SELECT of_parent('ebikes_writtenrow', 'batch_id', 'ebikes_importbatch');
SELECT fills_district('ebikes_rememberedcolumns');
SELECT same_district('ebikes_rememberedcolumns', 'merchant_id', 'merchants_merchant');
SELECT of_district('ebikes_rememberedcolumns');

SELECT fills_district('ebikes_owner');
SELECT of_district('ebikes_owner');
SELECT fills_district('ebikes_filedbike', 'SELECT district_id FROM ebikes_owner WHERE id = ($1).owner_id');
SELECT same_district('ebikes_filedbike', 'owner_id', 'ebikes_owner');
SELECT of_district('ebikes_filedbike');
SELECT fills_district('ebikes_tradein', 'SELECT district_id FROM merchants_merchant WHERE id = ($1).merchant_id');
SELECT same_district('ebikes_tradein', 'merchant_id', 'merchants_merchant');
SELECT same_district('ebikes_tradein', 'agent_point_id', 'merchants_agentpoint');
SELECT same_district('ebikes_tradein', 'owner_id', 'ebikes_owner');
SELECT of_district('ebikes_tradein');
SELECT of_parent('ebikes_licensinganswer', 'trade_in_id', 'ebikes_tradein');
SELECT of_parent('ebikes_tradeindraft', 'merchant_id', 'merchants_merchant');
SELECT shows_where('ebikes_tradeinphoto', 'EXISTS (SELECT FROM ebikes_tradeindraft d WHERE d.id = ebikes_tradeinphoto.draft_id)'
                   ' OR EXISTS (SELECT FROM ebikes_tradein t WHERE t.id = ebikes_tradeinphoto.trade_in_id)');
