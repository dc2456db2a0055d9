# 手数料・申出・委託：規則（duty）
err-duty-application-no_reason = 申出を認めない理由がありません。
fix-duty-application-no_reason = --reason で理由を指定してください。理由は記録に残り、事業者に伝えるものです。
err-duty-fee-no_rate = { $day } の手数料の額が分かりません。
fix-duty-fee-no_rate = 日付を確かめてください。政令が改正されたときは、新しい額の表を持つ版のプログラムが必要です。
err-duty-fee-overflow = 手数料の額または納付期限が、数えられる範囲を超えました。
fix-duty-fee-overflow = renketsu authority meter show で作業時間を確かめ、あり得ない時間のものを訂正してください。
err-duty-fee-tariff = プログラムの手数料の額の表が正しい形ではありません。これは不具合です。
fix-duty-fee-tariff = コードを添えて報告してください。
err-duty-meter-backwards = 計時の時計が戻りました。計算機が動いている間は起こらないはずのことです。
fix-duty-meter-backwards = --stated でかかった時間を指定して計時を終え、計算機の時計を調べてください。
err-duty-meter-overflow = 作業時間の合計が、数えられる範囲を超えました。
fix-duty-meter-overflow = renketsu authority meter show で作業時間を確かめ、あり得ない時間のものを訂正してください。
err-duty-meter-restarted = 計時の途中で計算機が再起動したため、作業時間を測れませんでした。
fix-duty-meter-restarted = --stated で実際にかかった時間を、--reason で理由を指定して計時を終えてください。申告した時間として記録されます。
